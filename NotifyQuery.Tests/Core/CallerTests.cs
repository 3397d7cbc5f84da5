using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Tests.Core;

/// <summary>Who may ask what, and who is shown what: every combination of scopes against the table of docs/api.md.</summary>
public sealed class CallerTests
{
    private static readonly string[] KnownScopes = ["user", "support", "campaign", "body"];

    private static readonly string[][] AllScopes =
    [
        .. Enumerable.Range(0, 1 << KnownScopes.Length).Select(set => KnownScopes.Where((_, i) => (set & (1 << i)) != 0).ToArray()),
    ];

    private static readonly string?[] Subjects = ["alice", "bob", "carol", "", null];

    [Fact]
    public void Every_combination_of_scopes_may_ask_what_the_table_says_and_nothing_else()
    {
        foreach (var (subject, scopes, kind) in Combinations())
        {
            var caller = Caller.Of(subject, scopes);
            var (support, known) = (scopes.Contains("support"), !string.IsNullOrEmpty(subject));
            foreach (var value in (string[])["alice", "bob", ""])
            {
                var allowed =
                    support
                    || kind switch
                    {
                        QueryKind.User => scopes.Contains("user") && known && value == subject,
                        QueryKind.Transaction => scopes.Contains("user") && known,
                        QueryKind.Campaign => scopes.Contains("campaign"),
                        _ => false,
                    };

                Assert.True(
                    allowed == caller.MayAsk(new NotificationQuery { By = kind, Value = value }),
                    $"{Story(subject, scopes)} asks by {kind} for '{value}': expected {allowed}"
                );
            }

            var ever =
                support
                || (
                    kind switch
                    {
                        QueryKind.User or QueryKind.Transaction => scopes.Contains("user") && known,
                        QueryKind.Campaign => scopes.Contains("campaign"),
                        _ => false,
                    }
                );
            Assert.True(ever == caller.MayAsk(QueryDefinition.Of(kind)), $"{Story(subject, scopes)} asks by {kind}: expected {ever}");
        }
    }

    [Fact]
    public void Every_combination_of_scopes_is_shown_what_the_table_says_and_nothing_else()
    {
        Notification[] items = [Of("alice"), Of("bob"), Of("alice"), Of("")];
        foreach (var (subject, scopes, kind) in Combinations())
        {
            // Whoever is known by the scope user owns what is sent to his subject; nobody else owns anything.
            bool IsOwn(Notification item) => scopes.Contains("user") && !string.IsNullOrEmpty(subject) && item.UserId == subject;
            var expected = items
                .Where(item => kind != QueryKind.Transaction || scopes.Contains("support") || IsOwn(item))
                .Select(item => scopes.Contains("body") || IsOwn(item) ? item : item with { Body = null });

            var shown = Caller.Of(subject, scopes).Show(QueryDefinition.Of(kind), items);

            Assert.True(expected.SequenceEqual(shown), $"{Story(subject, scopes)} is shown by {kind}: {string.Join(", ", shown)}");
        }
    }

    // The same rules once more as plain cases: what the oracle above gets wrong together with the code is seen here.
    [Theory]
    [InlineData("bob", "user campaign", QueryKind.User, "alice", false)]
    [InlineData("bob", "user body", QueryKind.User, "alice", false)]
    [InlineData("bob", "user campaign body", QueryKind.User, "alice", false)]
    [InlineData("bob", "user support", QueryKind.User, "alice", true)]
    [InlineData("bob", "campaign", QueryKind.User, "bob", false)]
    [InlineData("bob", "campaign body", QueryKind.Transaction, "tx-1", false)]
    [InlineData("bob", "user campaign body", QueryKind.Status, "FAILED", false)]
    [InlineData("bob", "user body", QueryKind.Campaign, "spring", false)]
    [InlineData("bob", "USER", QueryKind.User, "bob", false)]
    public void A_scope_beside_another_opens_only_its_own(string subject, string scopes, QueryKind kind, string value, bool allowed) =>
        Assert.Equal(allowed, Caller.Of(subject, scopes.Split(' ')).MayAsk(new NotificationQuery { By = kind, Value = value }));

    [Theory]
    [InlineData("alice", "user body", QueryKind.Transaction, "bob", false, false)]
    [InlineData("alice", "user campaign", QueryKind.Transaction, "bob", false, false)]
    [InlineData("alice", "user support", QueryKind.Transaction, "bob", true, false)]
    [InlineData("alice", "campaign", QueryKind.Campaign, "alice", true, false)]
    [InlineData("alice", "support", QueryKind.Campaign, "alice", true, false)]
    [InlineData("alice", "user campaign", QueryKind.Campaign, "alice", true, true)]
    [InlineData("alice", "campaign body", QueryKind.Campaign, "bob", true, true)]
    public void What_is_anothers_stays_hidden_and_a_body_is_shown_by_right_only(
        string subject,
        string scopes,
        QueryKind kind,
        string owner,
        bool there,
        bool body
    )
    {
        var shown = Caller.Of(subject, scopes.Split(' ')).Show(QueryDefinition.Of(kind), [Of(owner)]);

        Assert.Equal(there ? [body ? Of(owner) : Of(owner) with { Body = null }] : [], shown);
    }

    [Fact]
    public void Where_access_is_off_anything_may_be_asked_and_all_of_it_is_shown()
    {
        Notification[] items = [Of("alice"), Of("bob")];
        foreach (var kind in Enum.GetValues<QueryKind>())
        {
            Assert.True(Caller.Anybody.MayAsk(new NotificationQuery { By = kind, Value = "alice" }));
            Assert.Equal(items, Caller.Anybody.Show(QueryDefinition.Of(kind), items));
        }
    }

    [Theory]
    [InlineData(QueryKind.User, "user support")]
    [InlineData(QueryKind.Transaction, "user support")]
    [InlineData(QueryKind.Campaign, "campaign support")]
    [InlineData(QueryKind.Status, "support")]
    public void The_scopes_that_open_a_query_are_named_as_a_token_has_them(QueryKind kind, string scopes) =>
        Assert.Equal(scopes, string.Join(' ', QueryDefinition.Of(kind).Scopes));

    private static IEnumerable<(string? Subject, string[] Scopes, QueryKind Kind)> Combinations() =>
        from subject in Subjects
        from scopes in AllScopes
        from kind in Enum.GetValues<QueryKind>()
        select (subject, scopes, kind);

    private static string Story(string? subject, string[] scopes) => $"{subject ?? "nobody"} with the scopes '{string.Join(' ', scopes)}'";

    private static Notification Of(string user) =>
        new()
        {
            TransactionId = "tx-1",
            UserId = user,
            CreatedAt = "2026-11-22T08:15:30.123Z",
            Title = "Spring sale",
            Body = "personal",
        };
}
