using System.Globalization;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What becomes of a batch by the answer of the function: done, tried again, or sent in halves.</summary>
public sealed class FunctionAnswerTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_reported_record_is_retried_with_all_behind_it_and_what_was_before_it_is_done()
    {
        var failures = 0;
        var function = new FunctionOf(batch =>
            batch.Any(IsNumber("3")) && ++failures <= 2 ? FunctionOf.Failed(Number(3), Number(4)) : FunctionOf.Success
        );
        using var simulation = new Simulation(
            new() { FunctionResponseTypes = [EventSourceOptions.ReportBatchItemFailures] },
            Stream(5),
            function
        );

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                ["1", "2", "3", "4", "5"],
                ["3", "4", "5"],
                ["3", "4", "5"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task What_was_done_before_a_reported_record_is_kept_at_once_and_frees_its_room()
    {
        var checkpoints = new InMemoryCheckpoints();
        var refused = new HashSet<string>();
        var kept = new List<(string? Kept, string Expected)>();
        var function = new FunctionOf(batch =>
        {
            // Each batch is refused once from its middle on; the next invocation begins there, and must find the first half kept.
            if (refused.Contains(batch[0].SequenceNumber))
                kept.Add((checkpoints.Shards.Values.Single().SequenceNumber, Before(batch[0])));
            return refused.Contains(batch[0].SequenceNumber) || !refused.Add(batch[batch.Count / 2].SequenceNumber)
                ? FunctionOf.Success
                : FunctionOf.Failed(batch[batch.Count / 2].SequenceNumber);
        });
        using var simulation = new Simulation(
            new() { BatchSize = 100, FunctionResponseTypes = [EventSourceOptions.ReportBatchItemFailures] },
            Stream(5000),
            function,
            checkpoints
        );

        await simulation.DeliverAsync(TestContext.Current.CancellationToken).WaitAsync(TimeLimit, TestContext.Current.CancellationToken);

        Assert.NotEmpty(kept);
        Assert.All(kept, pair => Assert.Equal(pair.Expected, pair.Kept));
        Assert.Equal(5000, simulation.Status.Report().RecordsDone);

        static string Before(ChangeRecord record) => Number(int.Parse(record.SequenceNumber, CultureInfo.InvariantCulture) - 1);
    }

    [Fact]
    public async Task The_answer_is_not_read_unless_the_mapping_asks_for_item_failures()
    {
        var function = new FunctionOf(_ => FunctionOf.Failed(Number(3)));
        using var simulation = new Simulation(new(), Stream(5), function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Single(function.Batches);
    }

    [Fact]
    public async Task A_function_that_is_not_there_uses_up_no_budget()
    {
        var calls = 0;
        var function = new FunctionOf(_ =>
            ++calls <= 20 ? new(FunctionReplyKind.Unavailable, Error: "Connection refused") : FunctionOf.Success
        );
        using var simulation = new Simulation(new() { MaximumRetryAttempts = 0 }, Stream(2), function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(21, function.Batches.Count);
        Assert.Empty(simulation.DeadLetters.Letters);
    }

    [Fact]
    public async Task A_timeout_fails_the_whole_batch()
    {
        var calls = 0;
        var function = new FunctionOf(_ => ++calls == 1 ? new(FunctionReplyKind.TimedOut, Error: "timeout") : FunctionOf.Success);
        using var simulation = new Simulation(new() { MaximumRetryAttempts = 1 }, Stream(2), function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                ["1", "2"],
                ["1", "2"],
            ],
            function.Batches
        );
    }

    [Fact]
    public async Task A_payload_that_the_service_finds_too_large_is_sent_in_halves()
    {
        var function = new FunctionOf(batch => batch.Count > 2 ? new(FunctionReplyKind.TooLarge, Error: "413") : FunctionOf.Success);
        using var simulation = new Simulation(new() { MaximumRetryAttempts = 0 }, Stream(5), function);

        await simulation.DeliverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                ["1", "2", "3", "4", "5"],
                ["1", "2"],
                ["3", "4", "5"],
                ["3"],
                ["4", "5"],
            ],
            function.Batches
        );
        Assert.Empty(simulation.DeadLetters.Letters);
    }
}
