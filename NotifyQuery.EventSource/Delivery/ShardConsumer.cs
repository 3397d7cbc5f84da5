using System.Diagnostics;
using NotifyQuery.Core;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Leasing;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Delivery;

/// <summary>Delivers one shard: a reader that reads ahead up to a limit, and lanes that deliver the records.</summary>
/// <param name="delivery">The settings and dependencies.</param>
/// <param name="lease">The lease.</param>
/// <param name="stream">The stream.</param>
/// <param name="shardId">The shard.</param>
/// <param name="start">The checkpoint to start from.</param>
/// <param name="fresh">Whether the stream is read for the first time. With LATEST, existing records are then skipped.</param>
internal sealed class ShardConsumer(
    DeliveryContext delivery,
    Lease lease,
    StreamPointer stream,
    string shardId,
    ShardCheckpoint start,
    bool fresh
)
{
    /// <summary>The precision of a record's creation time: AWS truncates it to the second, DynamoDB Local to the minute.</summary>
    private static readonly TimeSpan StampPrecision = TimeSpan.FromMinutes(1);

    /// <summary>The retention of a stream (Amazon DynamoDB Developer Guide, "Change data capture for DynamoDB Streams").</summary>
    private static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    /// <summary>Runs until the shard is closed and completely done.</summary>
    public async Task RunAsync(StopTokens stop)
    {
        using var shard = new ShardContext(delivery, lease, stream.StreamArn, shardId, start);
        using var failed = new CancellationTokenSource();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop.Stopping, failed.Token);
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(stop.Abandon, failed.Token);
        var own = new StopTokens(stopping.Token, abandon.Token);

        var lanes = Enumerable.Range(0, delivery.Options.ParallelizationFactor).Select(number => new Lane(number, shard)).ToArray();
        Task[] tasks = [ReadAsync(shard, lanes, own.Stopping), .. lanes.Select(lane => lane.RunAsync(own))];
        try
        {
            await foreach (var task in Task.WhenEach(tasks))
                await task;
        }
        catch (Exception exception) when (StreamConsumer.IsFailure(exception))
        {
            shard.Status.Failed(); // before Dispose, which removes the status of a consumer that has not failed
            delivery.Status.Failed($"{exception.GetType().Name}, see the log");
            throw;
        }
        finally
        {
            // If one task fails, the others are cancelled. On a stop, each task finishes the work in progress.
            if (!stop.Stopping.IsCancellationRequested)
                await failed.CancelAsync();
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await shard.SaveCompletedAsync(stop.Abandon);
    }

    private async Task ReadAsync(ShardContext shard, Lane[] lanes, CancellationToken cancellationToken)
    {
        // A reset of the shard sets its own starting position.
        var since = start.Generation == 0 ? stream.Since : null;
        var position =
            start.SequenceNumber is { } done ? ShardPosition.AfterRecord(done)
            : start.From is { } from ? ShardPosition.AtRecord(from)
            : fresh && since is not null ? ShardPosition.AtLatest
            : ShardPosition.TrimHorizon;
        var rhythm = new PollRhythm(Random.Shared.NextDouble);
        string? iterator = null;
        DateTimeOffset? leaveOut = null;
        var failures = 0;
        while (true)
        {
            await shard.ReadAhead.WaitForRoomAsync(cancellationToken);
            ShardPage page;
            var started = DateTime.UtcNow;
            try
            {
                iterator ??= await delivery.Stream.OpenAsync(stream.StreamArn, shardId, position, cancellationToken);
                page = await delivery.Stream.ReadAsync(stream.StreamArn, iterator, cancellationToken);
            }
            catch (StreamException exception) when (exception.Fault != StreamFault.Gone)
            {
                iterator = null;
                position = Recovered(position, exception);
                shard.Status.ReadFailed();
                if (!IsHarmless(exception))
                    TraceFailedPoll(started, exception);
                await Task.Delay(delivery.Backoff.After(++failures), delivery.Time, cancellationToken);
                continue;
            }
            catch (Exception exception) when (BackendRetry.IsRemote(exception, cancellationToken))
            {
                // Throttled or unreachable. The iterator stays valid for minutes, so it is used for the retry.
                failures++;
                delivery.Metrics.Failed("read");
                delivery.Status.Failed(exception.Message);
                shard.Status.ReadFailed();
                TraceFailedPoll(started, exception);
                if (failures == 1)
                    delivery.Logger.LogWarning("Could not read {Shard}, trying again: {Error}", shardId, exception.Message);
                await Task.Delay(delivery.Backoff.After(failures), delivery.Time, cancellationToken);
                continue;
            }

            failures = 0;
            shard.Status.Read();
            if (page.Records.Count > 0)
            {
                delivery.Metrics.Read(page.Records.Count);
                delivery.Status.Read(page.Records.Count);
            }

            var filtered = 0;
            foreach (var record in page.Records)
            {
                // Read from the start although LATEST was asked for: records from before the delivery began are skipped.
                if (position is { Latest: false, After: null })
                    leaveOut = since;
                position = ShardPosition.AfterRecord(record.SequenceNumber);
                if (record.CreatedAt + StampPrecision <= leaveOut)
                    continue;
                if (delivery.Filter.Takes(record.Json))
                {
                    HandOut(shard, lanes, record);
                    continue;
                }

                shard.Progress.Skip(record);
                filtered++;
            }

            if (filtered > 0)
            {
                // Filtered records are done, like delivered ones. If nothing is delivered, no lane stores the checkpoint, so the reader
                // stores it.
                delivery.Metrics.Filtered(filtered);
                await shard.SaveCheckpointAsync(cancellationToken);
            }

            if (page.Next is null)
                break;
            iterator = page.Next;
            await Task.Delay(rhythm.After(page.Records.Count), delivery.Time, cancellationToken);
        }

        foreach (var lane in lanes)
            lane.Queue.Complete();
    }

    /// <summary>Creates a span for a failed poll. Successful polls have no span, because a shard is polled many times a second.</summary>
    private void TraceFailedPoll(DateTime started, Exception exception)
    {
        using var poll = Telemetry.Source.StartActivity(
            ActivityKind.Client,
            startTime: started,
            name: $"poll {delivery.Options.TableName}",
            tags:
            [
                new("messaging.system", "aws_dynamodb_streams"),
                new("messaging.operation.name", "poll"),
                new("messaging.operation.type", "receive"),
                new("messaging.destination.name", delivery.Options.TableName),
                new("messaging.destination.partition.id", shardId),
            ]
        );
        poll?.AddException(exception)
            .SetTag("error.type", exception.GetType().FullName)
            .SetStatus(ActivityStatusCode.Error, exception.Message);
    }

    private ShardPosition Recovered(ShardPosition position, StreamException exception)
    {
        if (IsHarmless(exception))
        {
            delivery.Logger.LogDebug("{Shard} is read from its start again: its stream is too new to have trimmed anything", shardId);
            return ShardPosition.TrimHorizon;
        }

        if (exception.Fault == StreamFault.Trimmed)
        {
            delivery.Metrics.Failed("trimmed");
            delivery.Logger.LogWarning(
                "The stream no longer has all records of {Shard} after {Position}: delivery continues with the oldest that it has. "
                    + "Reconcile the tables.",
                shardId,
                position.After ?? position.At ?? "its start"
            );
            return ShardPosition.TrimHorizon;
        }

        delivery.Metrics.Failed("iterator_expired");

        // LATEST would now skip records that were written in the meantime. Therefore the shard is read from its start, and each record that
        // is older than the start of delivery is skipped.
        return position.Latest ? ShardPosition.TrimHorizon : position;
    }

    /// <summary>
    /// Whether no record can be lost, because the stream is younger than its retention. Local engines may return "trimmed" for an iterator
    /// that was opened before the shard had a record.
    /// </summary>
    private bool IsHarmless(StreamException exception) =>
        exception.Fault == StreamFault.Trimmed
        && SourceVersion.CreationTimeOf(stream.StreamArn) is { } created
        && delivery.Time.GetUtcNow() - created < Retention;

    private static void HandOut(ShardContext shard, Lane[] lanes, ChangeRecord record)
    {
        var lane = Lanes.Of(record.ItemKey, lanes.Length);
        shard.Status.HandingOut();
        if (!shard.Progress.TryHandOut(record, lane))
            return;
        shard.ReadAhead.Take(record);
        lanes[lane].Queue.Add(record);
    }
}
