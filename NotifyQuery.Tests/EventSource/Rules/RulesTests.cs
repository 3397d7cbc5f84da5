using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

public sealed class RulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData("9", "10", -1)]
    [InlineData("000000000000000000009", "10", -1)]
    [InlineData("100000000003498069978", "99999999999999999999", 1)]
    [InlineData("000000000000000000001", "1", 0)]
    [InlineData("0", "", 0)]
    [InlineData("49590338271490256608559692538361571095921575989136588898", "49590338271490256608559692538361571095921575989136588899", -1)]
    public void Sequence_numbers_are_compared_as_numbers_of_any_length(string left, string right, int sign)
    {
        Assert.Equal(sign, Math.Sign(SequenceNumber.Compare(left, right)));
        Assert.Equal(-sign, Math.Sign(SequenceNumber.Compare(right, left)));
        Assert.Equal(sign, Math.Sign(string.CompareOrdinal(SequenceNumber.Padded(left), SequenceNumber.Padded(right))));
    }

    [Fact]
    public void An_item_always_takes_the_same_lane_and_items_spread_over_all_of_them()
    {
        var lanes = Enumerable.Range(0, 10_000).Select(i => Lanes.Of($$$"""{"id":{"S":"item-{{{i}}}"}}""", 10)).ToList();

        Assert.Equal(lanes, Enumerable.Range(0, 10_000).Select(i => Lanes.Of($$$"""{"id":{"S":"item-{{{i}}}"}}""", 10)));
        Assert.All(Enumerable.Range(0, 10), lane => Assert.InRange(lanes.Count(taken => taken == lane), 800, 1200));
        Assert.Equal(2, Lanes.Of("""{"id":{"S":"pinned"}}""", 7)); // checkpoints of earlier runs rely on it
    }

    [Fact]
    public void A_child_waits_for_its_parent_and_only_for_one_that_is_still_there()
    {
        ShardInfo[] shards =
        [
            new("parent", null, true),
            new("child", "parent", false),
            new("orphan", "trimmed", false),
            new("grandchild", "child", false),
        ];

        Assert.Equal(["parent", "orphan"], Ready([], []));
        Assert.Equal(["orphan"], Ready([], ["parent"]));
        Assert.Equal(["child"], Ready(["parent"], ["orphan"]));
        Assert.Equal(["grandchild"], Ready(["parent", "child"], ["orphan"]));

        IEnumerable<string> Ready(string[] completed, string[] running) =>
            ShardTree.Ready(shards, completed.Contains, running.Contains).Select(shard => shard.Id);
    }

    [Fact]
    public void The_checkpoint_is_the_end_of_the_prefix_in_which_nothing_is_missing_whatever_the_order_of_finishing()
    {
        var cases =
            from lanes in Gen.Choose(1, 10)
            from assigned in Gen.ListOf(Gen.Choose(0, lanes - 1))
            from seed in Gen.Choose(0, int.MaxValue - 1)
            select (lanes, assigned: assigned.ToList(), seed);

        Prop.ForAll(
                cases.ToArbitrary(),
                run =>
                {
                    var random = new Random(run.seed);
                    var progress = new ShardProgress(run.lanes, ShardCheckpoint.Start);
                    var done = new bool[run.assigned.Count];
                    for (var i = 0; i < run.assigned.Count; i++)
                        Assert.True(progress.TryHandOut(Records.Of(i + 1), run.assigned[i]));

                    while (done.Contains(false))
                    {
                        var next = random.Next(run.assigned.Count);
                        var lane = run.assigned[next];
                        progress.Finish(lane, Records.Of(next + 1).SequenceNumber);
                        for (var i = 0; i <= next; i++)
                            done[i] |= run.assigned[i] == lane;
                        if (LaneWentBack(next, lane))
                            return; // a lane never finishes backwards: not a history

                        var prefix = Array.IndexOf(done, false) is var gap and >= 0 ? gap : done.Length;
                        Assert.Equal(prefix == 0 ? null : Records.Of(prefix).SequenceNumber, progress.Checkpoint.SequenceNumber);
                        Assert.Equal(done.Length - prefix, progress.Outstanding);
                    }

                    bool LaneWentBack(int index, int lane) =>
                        Enumerable.Range(index + 1, done.Length - index - 1).Any(i => run.assigned[i] == lane && done[i]);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithReplay(2026, 13).WithMaxTest(300));
    }

    [Fact]
    public void A_restart_leaves_out_what_quick_lanes_did_while_a_slow_one_was_held_up()
    {
        var before = new ShardProgress(2, ShardCheckpoint.Start);
        for (var i = 1; i <= 6; i++)
            before.TryHandOut(Records.Of(i), i % 2);
        before.Finish(1, Records.Of(5).SequenceNumber);
        before.Finish(0, Records.Of(2).SequenceNumber);
        var kept = before.Checkpoint;
        Assert.Equal("3", kept.SequenceNumber?.TrimStart('0'));

        var after = new ShardProgress(2, kept);
        Assert.Equal([4, 6], Enumerable.Range(1, 6).Where(i => after.TryHandOut(Records.Of(i), i % 2)));
        after.Finish(0, Records.Of(6).SequenceNumber);
        Assert.Equal("6", after.Checkpoint.SequenceNumber?.TrimStart('0'));

        // Lanes of another number are other lanes: only the prefix counts.
        var wider = new ShardProgress(3, kept);
        Assert.Equal([4, 5, 6], Enumerable.Range(1, 6).Where(i => wider.TryHandOut(Records.Of(i), i % 3)));
    }

    [Fact]
    public void A_batch_is_complete_at_its_size_its_bytes_or_the_end_of_the_window_that_its_first_record_opened()
    {
        var bySize = new BatchWindow(2, 1000, TimeSpan.FromSeconds(10));
        Assert.True(bySize.TryAdd(Records.Of(1), Now));
        Assert.False(bySize.IsFull);
        Assert.True(bySize.TryAdd(Records.Of(2), Now));
        Assert.True(bySize.IsFull);
        Assert.False(bySize.TryAdd(Records.Of(3), Now));

        var byBytes = new BatchWindow(100, 1000, TimeSpan.FromSeconds(10));
        Assert.True(byBytes.TryAdd(Records.Of(1, bytes: 600), Now));
        Assert.False(byBytes.TryAdd(Records.Of(2, bytes: 600), Now));
        Assert.Equal(["1"], Records.Numbers(byBytes.ToBatch().Records));

        var byWindow = new BatchWindow(100, 1000, TimeSpan.FromSeconds(10));
        byWindow.TryAdd(Records.Of(1), Now);
        byWindow.TryAdd(Records.Of(2), Now.AddSeconds(4));
        Assert.Equal(TimeSpan.FromSeconds(6), byWindow.Remaining(Now.AddSeconds(4)));
        Assert.Equal(TimeSpan.Zero, byWindow.Remaining(Now.AddSeconds(11)));

        var oversized = new BatchWindow(100, 1000, TimeSpan.Zero);
        Assert.True(oversized.TryAdd(Records.Of(1, bytes: 5000), Now));
        Assert.True(oversized.IsFull);
    }

    [Fact]
    public void A_batch_that_fits_by_its_window_makes_a_payload_that_fits_and_parses()
    {
        var window = new BatchWindow(10_000, 5000, TimeSpan.Zero);
        var i = 0;
        while (window.TryAdd(Records.Of(i, bytes: 200 + (i % 7)), Now))
            i++;
        var records = window.ToBatch().Records;

        var payload = EventPayload.Of(records).ToArray();

        Assert.InRange(payload.Length, 4700, 5000);
        using var json = JsonDocument.Parse(payload);
        Assert.Equal(
            records.Select(record => record.EventId),
            json.RootElement.GetProperty("Records").EnumerateArray().Select(record => record.GetProperty("eventID").GetString())
        );
        Assert.Equal("""{"Records":[]}""", Encoding.UTF8.GetString(EventPayload.Of([]).ToArray()));
    }

    [Fact]
    public void A_shard_is_read_again_after_a_500th_of_the_time_since_its_last_records_but_after_2_to_100_ms()
    {
        var slowest = new PollRhythm(() => 0);
        Assert.Equal(2, slowest.After(1000).TotalMilliseconds);
        var pauses = Enumerable.Range(0, 5000).Select(_ => slowest.After(0).TotalMilliseconds).ToList();

        Assert.Equal(pauses.Order(), pauses);
        Assert.Equal(2, PauseAfter(990));
        Assert.InRange(PauseAfter(10_000), 19.9, 20.1);
        Assert.InRange(PauseAfter(40_000), 79.8, 80.2);
        Assert.Equal(100, pauses[^1]);
        Assert.Equal(2, slowest.After(1).TotalMilliseconds);
        Assert.Equal(2, slowest.After(0).TotalMilliseconds);
        Assert.Equal(1.5, new PollRhythm(() => 1).After(1).TotalMilliseconds);

        double PauseAfter(double milliseconds)
        {
            var passed = 0.0;
            return pauses.First(pause => (passed += pause) >= milliseconds);
        }
    }

    [Fact]
    public void Waiting_doubles_up_to_its_limit_and_chance_takes_off_up_to_half()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10), () => 0);

        Assert.Equal(
            [100, 200, 400, 10_000, 10_000],
            new[] { 1, 2, 3, 8, 1_000_000 }.Select(failures => backoff.After(failures).TotalMilliseconds)
        );
        Assert.Equal(50, new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10), () => 1).After(1).TotalMilliseconds);
    }

    [Fact]
    public async Task A_reader_that_is_a_full_step_ahead_waits_until_something_is_done()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var ahead = new ReadAhead(records: 2, bytes: 1000);
        var first = Records.Of(1);
        ahead.Take(first);
        await ahead.WaitForRoomAsync(cancellation);
        ahead.Take(Records.Of(2));
        var waiting = ahead.WaitForRoomAsync(cancellation);
        Assert.False(waiting.IsCompleted);

        ahead.Return([first]);
        await waiting.WaitAsync(TimeSpan.FromSeconds(30), cancellation);

        var large = Records.Of(3, bytes: 2000);
        ahead.Take(large);
        Assert.False(ahead.WaitForRoomAsync(cancellation).IsCompleted);
    }
}
