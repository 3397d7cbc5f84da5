using System.Diagnostics;
using NotifyQuery.Core;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Delivery;

/// <summary>
/// One of a shard's concurrent sequences of batches. Collects a batch, delivers it completely, and only then starts the next one.
/// </summary>
/// <param name="number">The number of the lane within the shard, from 0.</param>
/// <param name="shard">The shard.</param>
internal sealed class Lane(int number, ShardContext shard)
{
    private readonly DeliveryContext delivery = shard.Delivery;

    /// <summary>The records that wait for their batch.</summary>
    public LaneQueue Queue { get; } = new(shard.Delivery);

    /// <summary>Delivers until the shard has no more records, or until stopped.</summary>
    /// <param name="stop">When to stop.</param>
    public async Task RunAsync(StopTokens stop)
    {
        while (await Queue.NextBatchAsync(stop.Stopping) is { } batch)
            await DeliverAsync(batch, stop);
    }

    /// <summary>Invokes the function until every record of the batch is done or stored as a dead letter.</summary>
    private async Task DeliverAsync(PendingBatch batch, StopTokens stop)
    {
        var pending = new Stack<PendingBatch>([batch]);
        var failuresInARow = 0;
        FunctionReply? last = null;
        ActivityContext lastAttempt = default;
        while (pending.TryPop(out var next))
        {
            var expired = delivery.Retry.Expired(next, delivery.Time.GetUtcNow());
            if (expired > 0)
            {
                await GiveUpAsync(next.Records[..expired], DiscardCondition.RecordAgeExceeded, next.Attempts, last, stop);
                if (expired == next.Count)
                    continue;
                next = next with { Records = next.Records[expired..] };
            }

            stop.Stopping.ThrowIfCancellationRequested();
            shard.Lease.ThrowIfLost();
            var again = next.Attempts > 0 || failuresInARow > 0;
            using var attempt = StartAttempt(next, lastAttempt);
            lastAttempt = attempt?.Context ?? default;
            var (reply, outcome) = await InvokeAsync(next, again, attempt, stop.Abandon);

            if (reply.Kind == FunctionReplyKind.Unavailable || (reply.Kind == FunctionReplyKind.TooLarge && next.Count > 1))
            {
                // The function did not receive the records, so this is not counted as an attempt.
                PushAll(pending, reply.Kind == FunctionReplyKind.TooLarge ? BatchRetry.Halves(next) : [next]);
            }
            else if (reply.Kind == FunctionReplyKind.TooLarge)
            {
                // A retry cannot succeed.
                await GiveUpAsync(next.Records, DiscardCondition.PayloadSizeExceeded, next.Attempts + 1, reply, stop);
                failuresInARow = 0;
                continue;
            }
            else
            {
                last = reply;
                var decision = delivery.Retry.After(next, outcome);
                if (decision.Done > 0)
                    await FinishAsync(next.Records[..decision.Done], stop);
                if (decision.GivenUp)
                    await GiveUpAsync(next.Records, DiscardCondition.RetryAttemptsExhausted, next.Attempts + 1, reply, stop);
                PushAll(pending, decision.Next);
                if (outcome.Succeeded || decision.GivenUp)
                {
                    failuresInARow = 0;
                    continue;
                }

                if (decision.Done > 0)
                    failuresInARow = 0;
            }

            failuresInARow++;
            if (failuresInARow == 1)
            {
                delivery.Logger.LogWarning(
                    "{Function} failed to process {Records} records of {Shard}: {Reason}",
                    delivery.Options.FunctionName,
                    next.Count,
                    shard.ShardId,
                    reply.Error ?? outcome.Error ?? "it reported failed records"
                );
            }

            attempt?.Stop();
            await Task.Delay(delivery.Backoff.After(failuresInARow), delivery.Time, stop.Stopping);
        }
    }

    private static void PushAll(Stack<PendingBatch> pending, IReadOnlyList<PendingBatch> batches)
    {
        for (var i = batches.Count - 1; i >= 0; i--)
            pending.Push(batches[i]);
    }

    /// <summary>
    /// Starts one span for each attempt, with everything that results from it (checkpoint, dead letters) as children. A batch may be
    /// retried forever, so each attempt is its own trace, linked to the previous one.
    /// </summary>
    private Activity? StartAttempt(PendingBatch batch, ActivityContext before) =>
        Telemetry.Source.StartActivity(
            ActivityKind.Consumer,
            links: before == default ? [] : [new(before)],
            name: $"process {delivery.Options.TableName}",
            tags:
            [
                new("messaging.system", "aws_dynamodb_streams"),
                new("messaging.operation.name", "process"),
                new("messaging.operation.type", "process"),
                new("messaging.destination.name", delivery.Options.TableName),
                new("messaging.destination.partition.id", shard.ShardId),
                new("messaging.batch.message_count", batch.Count),
                new("faas.invoked_name", delivery.Options.FunctionName),
                new("faas.invoked_provider", "aws"),
                new("notifyquery.event_source.attempt", batch.Attempts + 1),
            ]
        );

    private async Task<(FunctionReply Reply, BatchOutcome Outcome)> InvokeAsync(
        PendingBatch batch,
        bool again,
        Activity? attempt,
        CancellationToken cancellationToken
    )
    {
        shard.Status.InvocationStarted();
        try
        {
            var reply = await delivery.Function.InvokeAsync(batch.Records, cancellationToken);
            var outcome =
                reply.Kind != FunctionReplyKind.Returned ? BatchOutcome.Failed(reply.Error ?? reply.Kind.ToString())
                : delivery.Options.ReportsItemFailures ? BatchOutcome.FromAnswer(reply.Answer, batch.Records)
                : BatchOutcome.Complete(batch.Count);
            var reason = "done";
            if (!outcome.Succeeded)
            {
                var error = reply.Error ?? outcome.Error ?? "the function reported failed records";
                reason =
                    reply.Kind != FunctionReplyKind.Returned ? ReasonOf(reply.Kind)
                    : outcome.Error is null ? "reported"
                    : "bad_answer";
                attempt?.SetTag("error.type", reason).SetStatus(ActivityStatusCode.Error, error);
                delivery.Metrics.Failed(reason);
                delivery.Status.Failed(error);
            }

            attempt?.SetTag("notifyquery.event_source.outcome", reason).SetTag("notifyquery.event_source.done", outcome.Done);
            delivery.Metrics.Invoked(reason, again);
            delivery.Status.Invoked(outcome.Succeeded);
            return (reply, outcome);
        }
        finally
        {
            shard.Status.InvocationEnded();
        }
    }

    private static string ReasonOf(FunctionReplyKind kind) =>
        kind switch
        {
            FunctionReplyKind.FunctionError => "function_error",
            FunctionReplyKind.TimedOut => "timeout",
            FunctionReplyKind.TooLarge => "too_large",
            _ => "unavailable",
        };

    private static string ReasonOf(DiscardCondition condition) =>
        condition switch
        {
            DiscardCondition.RecordAgeExceeded => "record_age_exceeded",
            DiscardCondition.PayloadSizeExceeded => "payload_size_exceeded",
            _ => "retry_attempts_exhausted",
        };

    private async Task GiveUpAsync(
        ArraySegment<ChangeRecord> records,
        DiscardCondition condition,
        int invocations,
        FunctionReply? last,
        StopTokens stop
    )
    {
        delivery.Logger.LogError(
            "Gave up on {Records} records of {Shard} from {First} to {Last}: {Condition} after {Invocations} invocations",
            records.Count,
            shard.ShardId,
            records[0].SequenceNumber,
            records[^1].SequenceNumber,
            condition,
            invocations
        );
        delivery.Metrics.Failed(ReasonOf(condition), records.Count);
        var lastError = last is null ? null : last.Error ?? "reported failures";
        await delivery.OnFailure.SendAsync(
            records,
            new(condition, invocations, lastError, last?.RequestId, delivery.Options.FunctionName, shard.StreamArn, shard.ShardId),
            stop.Abandon
        );
        await FinishAsync(records, stop);
    }

    /// <summary>
    /// Marks records as done. The checkpoint is stored before the next batch starts, so a crash repeats at most this batch.
    /// </summary>
    private async Task FinishAsync(ArraySegment<ChangeRecord> records, StopTokens stop)
    {
        shard.Progress.Finish(number, records[^1].SequenceNumber);
        shard.ReadAhead.Return(records);
        delivery.Metrics.Done(records.Count);
        delivery.Status.Progressed(shard.Status, records.Count, records[0].CreatedAt);
        await shard.SaveCheckpointAsync(stop.Abandon);
    }
}
