using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;
using static NotifyQuery.Tests.Core.QueryParsing;

namespace NotifyQuery.Tests.Core;

/// <summary>The parameters of each kind of query, and its window.</summary>
public sealed class QueryParserTests
{
    [Fact]
    public void A_query_by_user_needs_only_the_user()
    {
        var query = Accepted(QueryKind.User, ("user_id", "u-1"));

        Assert.Equal(
            new NotificationQuery
            {
                By = QueryKind.User,
                Value = "u-1",
                Order = QueryOrder.Descending,
                Limit = 20,
            },
            query
        );
    }

    [Fact]
    public void Every_parameter_finds_its_place()
    {
        var expected = new NotificationQuery
        {
            By = QueryKind.User,
            Value = "u-1",
            From = "2026-11-01T00:00:00.000Z",
            To = "2026-11-22T08:15:30.500Z",
            Status = NotificationStatus.Delivered,
            Channel = Channel.InApp,
            Order = QueryOrder.Ascending,
            Limit = 100,
            After = new("u-1", "2026-11-10T00:00:00.000Z#tx"),
        };

        var query = Accepted(
            QueryKind.User,
            ("user_id", "u-1"),
            ("from", "2026-11-01"),
            ("to", "2026-11-22T10:15:30.5+02:00"),
            ("status", "DELIVERED"),
            ("channel", "in_app"),
            ("order", "asc"),
            ("limit", "100"),
            ("cursor", Cursors.Encode(expected, expected.After!.Value))
        );

        Assert.Equal(expected, query);
    }

    [Fact]
    public void A_campaign_is_asked_like_a_user()
    {
        var query = Accepted(
            QueryKind.Campaign,
            ("campaign_id", "spring"),
            ("status", "FAILED"),
            ("channel", "sms"),
            ("order", "desc"),
            ("limit", "1")
        );

        Assert.Equal(
            new NotificationQuery
            {
                By = QueryKind.Campaign,
                Value = "spring",
                Status = NotificationStatus.Failed,
                Channel = Channel.Sms,
                Limit = 1,
            },
            query
        );
    }

    [Fact]
    public void A_transaction_is_asked_by_its_id_alone_and_answered_in_the_largest_pages()
    {
        Assert.Equal(
            new NotificationQuery
            {
                By = QueryKind.Transaction,
                Value = "tx-1",
                Limit = 100,
            },
            Accepted(QueryKind.Transaction, ("transaction_id", "tx-1"))
        );
        foreach (var other in (string[])["from", "to", "status", "channel", "order", "limit"])
            Assert.Equal(
                ["is not a parameter of this query: it takes transaction_id, cursor"],
                Refused(QueryKind.Transaction, ("transaction_id", "tx-1"), (other, "1"))[other]
            );
    }

    [Fact]
    public void A_status_is_asked_for_a_window_and_is_no_filter()
    {
        var query = Accepted(QueryKind.Status, ("status", "FAILED"), ("from", "2026-11-01"), ("to", "2026-12-02"));

        Assert.Equal(
            new NotificationQuery
            {
                By = QueryKind.Status,
                Value = "FAILED",
                From = "2026-11-01T00:00:00.000Z",
                To = "2026-12-02T00:00:00.000Z",
            },
            query
        );
    }

    [Fact]
    public void A_status_query_without_its_parameters_names_all_three()
    {
        var errors = Refused(QueryKind.Status);

        Assert.Equal(["from", "status", "to"], errors.Keys);
        Assert.All(errors.Values, problems => Assert.Equal(["is required"], problems));
    }

    [Theory]
    [InlineData("2026-11-01", "2026-12-02", true)] // 31 days
    [InlineData("2026-11-01", "2026-12-02T00:00:00.001Z", false)]
    [InlineData("2026-11-01T12:00Z", "2026-12-02T12:00Z", true)]
    public void The_window_of_a_status_query_has_at_most_31_days(string from, string to, bool accepted)
    {
        var parsed = Parse(QueryKind.Status, ("status", "FAILED"), ("from", from), ("to", to));

        Assert.Equal(accepted, parsed.Query is not null);
        if (!accepted)
            Assert.Equal(["must be at most 31 days after from"], parsed.Errors["to"]);
    }

    [Theory]
    [InlineData("2026-11-22", "2026-11-22")]
    [InlineData("2026-11-22T08:00Z", "2026-11-22T10:00+02:00")] // the same moment
    [InlineData("2026-11-23", "2026-11-22")]
    public void A_window_ends_after_it_begins(string from, string to)
    {
        Assert.Equal(["must be later than from"], Refused(QueryKind.User, ("user_id", "u"), ("from", from), ("to", to))["to"]);
        Assert.Equal(["must be later than from"], Refused(QueryKind.Status, ("status", "SENT"), ("from", from), ("to", to))["to"]);
    }

    [Fact]
    public void A_window_may_be_open_at_either_end()
    {
        Assert.Null(Accepted(QueryKind.User, ("user_id", "u"), ("from", "2026-11-22")).To);
        Assert.Null(Accepted(QueryKind.Campaign, ("campaign_id", "c"), ("to", "2026-11-22")).From);
    }
}
