using System.Text.Json;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using static NotifyQuery.Tests.Handler.GuardedQueries;

namespace NotifyQuery.Tests.Handler;

/// <summary>What a caller sees of others' notifications and bodies, and of his own.</summary>
public sealed class OthersNotificationsTests
{
    [Fact]
    public async Task A_user_is_not_told_that_there_is_none_while_pages_of_others_come_before()
    {
        using var handler = new HandlerServer(reader: new ManyBeforeOne(), settings: [.. Tokens.Settings]);

        var first = await handler.GetAsync(ByTransaction, Tokens.Header("alice", ["user"]));
        using var page = JsonDocument.Parse(first.Body);
        var second = await handler.GetAsync(
            $"{ByTransaction}&cursor={page.RootElement.GetProperty("next_cursor").GetString()}",
            Tokens.Header("alice", ["user"])
        );
        var nobody = await handler.GetAsync(ByTransaction, Tokens.Header("carol", ["user"]));

        Assert.Equal((200, 0), (first.Status, page.RootElement.GetProperty("count").GetInt32()));
        Assert.Equal("alice", Assert.Single(ItemsOf(second)).GetProperty("user_id").GetString());
        Assert.Equal(200, nobody.Status); // only the last page can say so
    }

    /// <summary>A transaction's id that was used for a hundred notifications of bob, and for one of alice.</summary>
    private sealed class ManyBeforeOne : INotificationReader
    {
        public Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken) =>
            Task.FromResult(
                query.After is null
                    ? new NotificationPage(
                        [.. Enumerable.Range(0, 100).Select(i => Of("bob", i))],
                        new("bob", "2026-11-22T08:15:30.099Z#tx-bob")
                    )
                    : new NotificationPage([Of("alice", 100)])
            );

        private static Notification Of(string user, int millisecond) =>
            new()
            {
                TransactionId = "tx-bob",
                UserId = user,
                CreatedAt = $"2026-11-22T08:15:30.{millisecond:D3}Z",
            };
    }

    [Theory]
    [InlineData("desk-1", "support", false)]
    [InlineData("desk-1", "support body", true)]
    [InlineData("owner-1", "campaign", false)]
    [InlineData("owner-1", "campaign body", true)]
    public async Task Others_bodies_are_shown_with_the_scope_body_only(string subject, string scopes, bool shown)
    {
        using var handler = HandlerServer.Guarded();

        var answer = await handler.GetAsync(ByCampaign, $"Authorization: Bearer {Tokens.Create(subject, scopes)}");

        Assert.All(ItemsOf(answer), item => Assert.Equal(shown, item.TryGetProperty("body", out _)));
        Assert.All(ItemsOf(answer), item => Assert.Equal("Spring sale", item.GetProperty("title").GetString()));
    }

    [Fact]
    public async Task A_users_own_bodies_are_shown_to_him_wherever_he_finds_them()
    {
        using var handler = HandlerServer.Guarded();

        Assert.All(
            ItemsOf(await handler.GetAsync(ByUser, Tokens.Header("alice", "user"))),
            item => Assert.Equal(KnownNotifications.Body, item.GetProperty("body").GetString())
        );
        Assert.All(
            ItemsOf(await handler.GetAsync(ByCampaign, Tokens.Header("alice", "user", "campaign"))),
            item => Assert.Equal(item.GetProperty("user_id").GetString() == "alice", item.TryGetProperty("body", out _))
        );
    }

    [Fact]
    public async Task Of_a_transaction_of_several_users_each_sees_his_own_part()
    {
        using var handler = HandlerServer.Guarded();

        var item = Assert.Single(
            ItemsOf(await handler.GetAsync("/query/transaction?transaction_id=tx-shared", Tokens.Header("bob", "user")))
        );

        Assert.Equal("bob", item.GetProperty("user_id").GetString());
    }

    [Fact]
    public async Task Anothers_transaction_is_answered_like_an_unknown_one()
    {
        using var handler = HandlerServer.Guarded();

        var another = await handler.GetAsync(ByTransaction, Tokens.Header("alice", "user"));
        var unknown = await handler.GetAsync("/query/transaction?transaction_id=nobody-knows-it", Tokens.Header("alice", "user"));

        Assert.Equal((404, Without("traceId", unknown.Body)), (another.Status, Without("traceId", another.Body)));
    }

    private static string Without(string name, string json) =>
        string.Join(
            '\n',
            JsonDocument.Parse(json).RootElement.EnumerateObject().Where(member => member.Name != name).Select(member => member.ToString())
        );
}
