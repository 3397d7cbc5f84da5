using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>A stream that was replaced is delivered to its end, and left only when a shard of it fails beyond the budget.</summary>
public sealed class ReplacedStreamDeliveryTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_written_to_a_stream_just_before_it_is_replaced_is_delivered()
    {
        var stream = new SimulatedStream { Latest = SimulatedStream.Arn };
        var lists = 0;
        stream.AfterList = () =>
        {
            if (++lists != 1)
                return;
            stream.Add(null).Records.Add(Records.Of(1));
            stream.Latest = "another";
        };
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new(), stream, function);

        await simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token);

        Assert.Equal(
            [
                ["1"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task A_stream_that_cannot_be_followed_ends_its_open_shards_instead_of_waiting_for_them()
    {
        var stream = new SimulatedStream { Latest = SimulatedStream.Arn };
        for (var i = 0; i < 2; i++)
            stream.Add(null).Closed = false;
        var looks = 0;
        stream.BeforeFind = () =>
        {
            if (++looks == 2)
                throw new InvalidOperationException("a fault of our own");
        };
        using var simulation = new Simulation(new(), stream, new FunctionOf(_ => FunctionOf.Success));

        await Assert.ThrowsAsync<InvalidOperationException>(() => simulation.DeliverAsync(Token).WaitAsync(TimeLimit, Token));

        Assert.Empty(simulation.Status.Report().Shards);
    }

    [Theory]
    [InlineData(3, -1, 4)] // the first attempt and three more
    [InlineData(0, -1, 1)]
    [InlineData(-1, 60, null)] // until a minute is over
    public async Task A_stream_that_was_replaced_is_left_when_a_shard_of_it_fails_beyond_the_budget(int attempts, int age, int? expected)
    {
        var time = FakeTime.New();
        var (stream, began) = (Stream(2), time.GetUtcNow());
        var failures = 0;
        stream.BeforeRead = (_, _) =>
        {
            failures++;
            throw new InvalidOperationException("a fault of our own");
        };
        using var simulation = new Simulation(
            new() { MaximumRetryAttempts = attempts, MaximumRecordAgeInSeconds = age },
            stream,
            new FunctionOf(_ => FunctionOf.Success),
            time: time
        );

        await time.RunUntilAsync(simulation.DeliverAsync(Token), TimeSpan.FromSeconds(1));

        Assert.Equal(expected ?? failures, failures);
        Assert.True(time.GetUtcNow() - began > TimeSpan.FromSeconds(age), $"it was left after {time.GetUtcNow() - began}");
    }

    [Theory]
    [InlineData(SimulatedStream.Arn, 3)] // it is the table's present stream: nobody waits behind it
    [InlineData(null, 3)] // the table has no other
    [InlineData("another", -1)] // without a budget
    public async Task A_stream_is_not_left_as_long_as_none_waits_or_the_budget_allows(string? latest, int attempts)
    {
        var time = FakeTime.New();
        var stream = Stream(2);
        stream.Latest = latest;
        var failures = 0;
        stream.BeforeRead = (_, _) =>
        {
            if (++failures < 20)
                throw new InvalidOperationException("a fault of our own");
            stream.Latest = "another";
        };
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new() { MaximumRetryAttempts = attempts }, stream, function, time: time);

        await time.RunUntilAsync(simulation.DeliverAsync(Token), TimeSpan.FromSeconds(1));

        Assert.Equal(
            [
                ["1", "2"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task A_shard_that_gets_on_between_two_failures_has_a_new_budget()
    {
        var time = FakeTime.New();
        var stream = new SimulatedStream();
        var shard = stream.Add(null);
        shard.Records.Add(Records.Of(1));
        shard.Closed = false;
        var function = new FunctionOf(_ => FunctionOf.Success);
        using var simulation = new Simulation(new() { MaximumRetryAttempts = 2 }, stream, function, time: time);
        var (failures, failedAt) = (0, (string?)null);
        stream.BeforeRead = (_, _) =>
        {
            // Fails once after each checkpoint, and only then lets the next record be there.
            var position = ((InMemoryCheckpoints)simulation.Checkpoints).Shards.Values.SingleOrDefault()?.SequenceNumber;
            if (position == failedAt)
                return;
            failedAt = position;
            if (++failures < 10)
                shard.Write(Records.Of(failures + 1));
            else
                shard.Closed = true;
            throw new InvalidOperationException("a fault of our own");
        };

        await time.RunUntilAsync(simulation.DeliverAsync(Token), TimeSpan.FromSeconds(1));

        Assert.Equal(10, failures);
        Assert.Equal(Enumerable.Range(1, 10).Select(number => $"{number}"), function.Batches.SelectMany(batch => batch).Distinct());
    }
}
