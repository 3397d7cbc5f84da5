using System.Text;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Tests.Core;

/// <summary>What each query takes, and the request for its first page.</summary>
public sealed class QueryParametersTests
{
    [Theory]
    [InlineData(QueryKind.User, "user_id from to status channel order limit cursor")]
    [InlineData(QueryKind.Transaction, "transaction_id cursor")]
    [InlineData(QueryKind.Campaign, "campaign_id from to status channel order limit cursor")]
    [InlineData(QueryKind.Status, "status from to channel order limit cursor")]
    public void A_query_takes_its_subject_its_window_its_filters_and_what_pages_it(QueryKind kind, string parameters) =>
        Assert.Equal(parameters.Split(' '), QueryDefinition.Of(kind).Parameters);

    [Theory]
    [InlineData(QueryKind.User, "/query/user?user_id=a%20%26%20b")]
    [InlineData(QueryKind.Transaction, "/query/transaction?transaction_id=a%20%26%20b")]
    [InlineData(QueryKind.Campaign, "/query/campaign?campaign_id=a%20%26%20b")]
    [InlineData(QueryKind.Status, "/query/status?status=a%20%26%20b&from=2026-11-01&to=2026-11-22")]
    public void The_first_page_is_requested_with_the_subject_and_with_a_window_only_where_one_is_required(QueryKind kind, string target) =>
        Assert.Equal(target, QueryDefinition.Of(kind).TargetOf("a & b", "2026-11-01", "2026-11-22"));

    [Theory]
    [InlineData(QueryKind.User, "user", "user_id")]
    [InlineData(QueryKind.Transaction, "transaction", "transaction_id")]
    [InlineData(QueryKind.Campaign, "campaign", "campaign_id")]
    [InlineData(QueryKind.Status, "status", "status from to")]
    public void A_query_is_named_after_its_kind_and_requires_its_subject(QueryKind kind, string name, string required)
    {
        var definition = QueryDefinition.Of(kind);

        Assert.Equal((name, $"/query/{name}"), (definition.Name, definition.Path));
        Assert.Equal(required.Split(' '), definition.Parameters.Where(definition.Requires));
    }

    [Fact]
    public void Every_query_is_described_for_its_readers()
    {
        foreach (var definition in QueryDefinition.All)
        {
            Assert.StartsWith("Notifications ", definition.Summary, StringComparison.Ordinal);
            Assert.EndsWith(".", definition.SubjectDescription, StringComparison.Ordinal);
            Assert.Contains(definition.Name, definition.SubjectDescription, StringComparison.Ordinal);
            Assert.NotEmpty(definition.Example);
            Assert.True(definition.SubjectValues is null || definition.SubjectValues.Contains(definition.Example));
        }
    }

    [Fact]
    public void The_value_of_a_filter_that_a_query_does_not_have_is_not_looked_at()
    {
        var errors = Errors(QueryKind.Transaction, new("transaction_id", ["tx-1"]), new("channel", ["fax"]));

        Assert.Equal(["is not a parameter of this query: it takes transaction_id, cursor"], errors["channel"]);
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(11, true)]
    public void Up_to_ten_unknown_names_are_listed_and_only_more_are_counted(int count, bool counted)
    {
        var errors = Errors(
            QueryKind.User,
            [new("user_id", ["ann"]), .. Enumerable.Range(0, count).Select(i => KeyValuePair.Create($"x{i}", (IReadOnlyList<string>)["1"]))]
        );

        Assert.Equal(10, errors.Keys.Count(name => name.StartsWith('x')));
        Assert.Equal(counted, errors.ContainsKey("others"));
    }

    private static IReadOnlyDictionary<string, string[]> Errors(
        QueryKind kind,
        params KeyValuePair<string, IReadOnlyList<string>>[] parameters
    ) => new QueryParser(new(Encoding.UTF8.GetBytes("a key of 32 bytes for the tests!"))).Parse(kind, parameters).Errors;
}
