using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.DynamoDB.UniformItems;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>How many days of a query by status are read at once, and how much of all of them together.</summary>
public sealed class StatusDaysTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    [Fact]
    public async Task Days_are_read_at_once_only_when_the_page_needs_them_and_never_more_than_four()
    {
        using var sparse = await WatchedTable.CreateAsync(engine, Items(31, perDay: 1), keys: 1);
        using var dense = await WatchedTable.CreateAsync(engine, Items(500, perDay: 50), keys: 1);

        foreach (var order in Enum.GetValues<QueryOrder>())
        {
            var all = await sparse.ReadAsync(Failed with { Order = order, Limit = 100 });
            Assert.Equal(31, all.Page.Items.Count);
            Assert.Equal(31, all.Queries);
            Assert.InRange(all.AtOnce, 2, 4);

            var filled = await dense.ReadAsync(Failed with { Order = order, To = Timestamp.Format(Day.AddDays(10)), Limit = 40 });
            Assert.Equal((1, 41), (filled.Queries, filled.Examined));

            var overTwoDays = await dense.ReadAsync(Failed with { Order = order, To = Timestamp.Format(Day.AddDays(10)), Limit = 60 });
            Assert.Equal(60, overTwoDays.Page.Items.Count);
            Assert.Equal(3, overTwoDays.Queries); // the first day alone, then two
            Assert.True(overTwoDays.Examined <= 4 * 61, $"{overTwoDays.Examined} items were examined");
        }
    }

    [Fact]
    public async Task Days_of_spread_keys_are_read_one_after_the_other_all_keys_of_a_day_at_once()
    {
        using var sparse = await WatchedTable.CreateAsync(engine, Items(31, perDay: 1), keys: 16);

        var all = await sparse.ReadAsync(Failed with { Limit = 100 });

        Assert.Equal(31, all.Page.Items.Count);
        Assert.Equal(31 * 16, all.Queries);
        Assert.InRange(all.AtOnce, 2, 16);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task A_filter_that_drops_nearly_all_reads_a_bounded_part_over_all_days_together(int keys)
    {
        // Only the last item of all is asked for.
        using var table = await WatchedTable.CreateAsync(engine, Items(3100, perDay: 100, channel: i => i == 0 ? "push" : "sms"), keys);
        var query = Failed with { Channel = Channel.Push, Limit = 1 };
        var (pages, found) = (0, 0);
        do
        {
            var reading = await table.ReadAsync(query);
            Assert.InRange(reading.Queries, 1, (31 + DynamoDBNotificationReader.MaximumContinuations) * keys);
            // Of few items each key reads two instead of its share.
            Assert.True(reading.Examined <= (keys == 1 ? 100 : 1000) * (query.Limit + 1), $"{reading.Examined} items were examined");
            Assert.True(pages == 0 || reading.Page.Next is null || reading.Page.Next != query.After);
            (pages, found) = (pages + 1, found + reading.Page.Items.Count);
            query = query with { After = reading.Page.Next };
        } while (query.After is not null);

        Assert.Equal(1, found);
        Assert.True(pages > 1);
    }
}
