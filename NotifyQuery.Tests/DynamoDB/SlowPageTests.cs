using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Distributed;
using NotifyQuery.Tests.Handler;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.DynamoDB.UniformItems;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>A page whose reads are slow ends early, with what was read until then.</summary>
public sealed class SlowPageTests : IDisposable
{
    private static readonly TimeSpan PageTime = TimeSpan.FromSeconds(5);
    private static readonly CursorCodec Cursors = new(new byte[32]);

    private readonly FakeTimeProvider time = FakeTime.New();
    private readonly InMemoryEngine engine = new(itemsPerAnswer: 3);
    private int queries;

    public void Dispose() => engine.Dispose();

    [Theory]
    [InlineData(QueryOrder.Descending, 1, 0.5)] // some days for each page
    [InlineData(QueryOrder.Ascending, 1, 0.5)]
    [InlineData(QueryOrder.Descending, 16, 0.1)]
    [InlineData(QueryOrder.Ascending, 16, 0.1)]
    [InlineData(QueryOrder.Descending, 16, 6)] // a single read takes longer than a page may
    [InlineData(QueryOrder.Ascending, 16, 6)]
    public async Task Pages_that_end_early_contain_together_each_item_once_in_order(QueryOrder order, int keys, double secondsPerRead)
    {
        // Full days, sparse days, and days without any item at both ends.
        Fill([.. Items(24, perDay: 8)(KeySpread.Over(keys)), .. Items(14, perDay: 1)(KeySpread.Over(keys))]);
        engine.BeforeQuery = () => Slow(secondsPerRead);
        var query = Failed with { From = Timestamp.Format(Day.AddDays(-8)), To = Timestamp.Format(Day.AddDays(23)), Order = order };
        var expected = await ReadAsync(query, keys, pageTime: null);
        Assert.Null(expected.Single().Next);

        var pages = await ReadAsync(query, keys, PageTime);

        Assert.True(pages.Count > 2, $"{pages.Count} pages");
        Assert.Equal(expected.Single().Items, pages.SelectMany(page => page.Items));
    }

    [Fact]
    public async Task A_page_that_is_late_makes_no_further_read_of_a_key_and_of_a_day()
    {
        Fill(Items(31, perDay: 1)(KeySpread.Over(1)));
        engine.BeforeQuery = () => Slow(PageTime.TotalSeconds);

        var page = await Reader(keys: 1, PageTime).ReadAsync(Failed with { Limit = 10 }, TestContext.Current.CancellationToken);

        Assert.Equal((1, 1), (queries, page.Items.Count));
        Assert.NotNull(page.Next);
    }

    [Fact]
    public async Task A_page_that_is_complete_in_time_does_not_end_early()
    {
        Fill(Items(31, perDay: 1)(KeySpread.Over(1)));
        engine.BeforeQuery = () => Slow(PageTime.TotalSeconds / 32);

        var page = await Reader(keys: 1, PageTime).ReadAsync(Failed with { Limit = 31 }, TestContext.Current.CancellationToken);

        Assert.Equal((31, 31), (queries, page.Items.Count));
        Assert.Null(page.Next);
    }

    [Theory]
    [InlineData("order=asc", 20)]
    [InlineData("order=desc&limit=100", 24)]
    public async Task What_comes_in_parts_through_the_API_is_the_page_that_comes_at_once_when_reads_are_fast(string parameters, int items)
    {
        Fill(Items(24, perDay: 1)(KeySpread.Over(16)));
        engine.BeforeQuery = () => Slow(0.04);
        var target =
            $"/query/status?{parameters}&status=FAILED&from={Timestamp.Format(Day.AddDays(-3))}&to={Timestamp.Format(Day.AddDays(26))}";
        await using var fast = new HandlerServer(reader: Reader(16, pageTime: null), settings: ("Access:Required", "false"));
        await using var slow = new HandlerServer(reader: Reader(16, PageTime), settings: ("Access:Required", "false"));

        var whole = await fast.GetAsync(target);
        var first = await slow.GetAsync(target);
        var parts = await Parity.SendAsync(slow.Address, new("GET", target), TestContext.Current.CancellationToken);

        Assert.Contains($"\"count\":{items},", whole.Body, StringComparison.Ordinal);
        Assert.NotEqual(whole.Body, first.Body);
        Assert.Empty(Parity.Compare(whole, parts));
    }

    private void Slow(double seconds)
    {
        queries++;
        time.Advance(TimeSpan.FromSeconds(seconds));
    }

    private void Fill(IEnumerable<Dictionary<string, AttributeValue>> items)
    {
        foreach (var item in items)
            engine.Put(item);
    }

    private DynamoDBNotificationReader Reader(int keys, TimeSpan? pageTime) =>
        new(engine, new() { KeySpread = KeySpread.Over(keys) }, attemptLimit: null, time, pageTime);

    /// <summary>Reads all pages. Each position passes through a cursor, as between two requests.</summary>
    private async Task<List<NotificationPage>> ReadAsync(NotificationQuery query, int keys, TimeSpan? pageTime)
    {
        var pages = new List<NotificationPage>();
        var next = query with { Limit = 100 };
        while (true)
        {
            var page = await Reader(keys, pageTime).ReadAsync(next, TestContext.Current.CancellationToken);
            pages.Add(page);
            if (page.Next is not { } position)
                return pages;
            Assert.True(pages.Count < 1000, "the pages make no progress");
            Assert.True(Cursors.TryDecode(query, Cursors.Encode(query, position), out var decoded), $"no valid cursor: {position}");
            next = next with { After = decoded };
        }
    }
}
