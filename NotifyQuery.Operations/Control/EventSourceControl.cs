using Amazon.DynamoDBStreams;
using Amazon.DynamoDBv2;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Streams;

namespace NotifyQuery.Operations.Control;

/// <summary>
/// Control of the local event source, through the table of checkpoints only. A request is written to the table. The lease holder carries
/// out the request when it next renews its lease, and records that in the table. A request therefore outlives every process, and no process
/// has to be running.
/// </summary>
/// <param name="client">The tables.</param>
/// <param name="streams">Their streams.</param>
/// <param name="tables">The tables' names.</param>
/// <param name="time">The clock.</param>
public sealed class EventSourceControl(IAmazonDynamoDB client, IAmazonDynamoDBStreams streams, TableNames tables, TimeProvider time)
    : IProjectionControl
{
    /// <summary>How long a stream stores a record (Amazon DynamoDB Developer Guide, "Change data capture for DynamoDB Streams").</summary>
    internal static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private readonly CheckpointTable checkpoints = new(client, tables.StreamCheckpoints);

    /// <inheritdoc />
    public async Task<ProjectionStatus> StatusAsync(CancellationToken cancellationToken)
    {
        var control = await ReadAsync(cancellationToken).ConfigureAwait(false);
        var streamArn =
            control.StreamArn ?? await StreamShards.FindAsync(client, tables.CommandRecords, cancellationToken).ConfigureAwait(false);
        var now = time.GetUtcNow();
        var (shards, oldest) = streamArn is null
            ? ([], null)
            : await ShardsAsync(control, streamArn, cancellationToken).ConfigureAwait(false);
        var age = oldest is { } moment ? Max(now - moment, TimeSpan.Zero) : (TimeSpan?)null;
        var running = control.IsRunning(now);
        return new("event_source", running ? control.Owner : null, StateOf(control, running))
        {
            Running = running,
            Since =
                control.IsPaused ? control.PausedBy?.At ?? control.Taken?.At
                : control.Taken is { Enabled: true } taken ? taken.At
                : null,
            PausedBy = control.IsPaused ? control.PausedBy?.By ?? "its configuration (EventSource:Enabled)" : null,
            AskedFor = control.Last?.For,
            AskedBy = control.Last?.By,
            AskedAt = control.Last?.At,
            Taken = control.IsTaken,
            StreamArn = streamArn,
            OldestWaitingSeconds = age?.TotalSeconds,
            KeptForSeconds = age is { } kept ? Max(Retention - kept, TimeSpan.Zero).TotalSeconds : null,
            GivenUpInSeconds =
                age is { } old && control.Taken?.MaximumRecordAge is { } most ? Max(most - old, TimeSpan.Zero).TotalSeconds : null,
            Shards = shards,
            Note = streamArn is null ? $"{tables.CommandRecords} has no stream: nothing can be delivered." : null,
        };
    }

    /// <inheritdoc />
    public async Task<ControlOutcome> PauseAsync(string by, TimeSpan within, CancellationToken cancellationToken)
    {
        var request = new ControlRequest("pause", by, time.GetUtcNow());
        var (_, changed) = await AskAsync(
                seen => seen is { Version: > 0, Paused: true } ? null : seen with { Paused = true, PausedBy = request, Last = request },
                cancellationToken
            )
            .ConfigureAwait(false);
        await WaitAsync(control => control.IsTaken, within, cancellationToken).ConfigureAwait(false);
        var status = await StatusAsync(cancellationToken).ConfigureAwait(false);
        return new(status.State is ProjectionState.Disabled, ControlReports.OfPause(status, already: !changed, within), status);
    }

    /// <inheritdoc />
    public async Task<ControlOutcome> ResumeAsync(string by, TimeSpan within, CancellationToken cancellationToken)
    {
        var request = new ControlRequest("resume", by, time.GetUtcNow());
        var (_, changed) = await AskAsync(
                seen => seen.IsPaused ? seen with { Paused = false, PausedBy = null, Last = request } : null,
                cancellationToken
            )
            .ConfigureAwait(false);
        await WaitAsync(control => control.IsTaken, within, cancellationToken).ConfigureAwait(false);
        var status = await StatusAsync(cancellationToken).ConfigureAwait(false);
        var delivers = status is { State: ProjectionState.Enabled, Running: true };
        return new(delivers, ControlReports.OfResume(status, already: !changed, within), status);
    }

    /// <inheritdoc />
    public async Task<ControlOutcome> ResetAsync(
        string to,
        string? shardId,
        string by,
        TimeSpan within,
        CancellationToken cancellationToken
    )
    {
        var control = await ReadAsync(cancellationToken).ConfigureAwait(false);
        var streamArn =
            control.StreamArn
            ?? await StreamShards.FindAsync(client, tables.CommandRecords, cancellationToken).ConfigureAwait(false)
            ?? throw new ControlRefusedException($"{tables.CommandRecords} has no stream: there is no position to reset.");
        var checkpoints = await this.checkpoints.LoadAsync(streamArn, cancellationToken).ConfigureAwait(false);
        var positions = await new ResetPositions(new(streams, streamArn, time), streamArn, checkpoints)
            .FindAsync(to, shardId, cancellationToken)
            .ConfigureAwait(false);
        var request = new ControlRequest("reset", by, time.GetUtcNow());
        var (asked, _) = await AskAsync(
                seen =>
                {
                    ShardReset[] resets = [.. positions.Select(reset => reset with { Version = seen.Version + 1 })];
                    var kept = seen.Resets.Where(pending =>
                        !Array.Exists(resets, reset => reset.ShardId == pending.ShardId && reset.StreamArn == pending.StreamArn)
                    );
                    // A reset may be the first request, after which the configuration no longer decides: the request takes over its state.
                    return seen with
                    {
                        Paused = seen.IsPaused,
                        PausedBy = seen.IsPaused ? seen.PausedBy ?? request : null,
                        Last = request,
                        Resets = [.. kept, .. resets],
                    };
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        var taken = await WaitAsync(now => now.IsTaken || now.Taken?.Version >= asked, within, cancellationToken).ConfigureAwait(false);
        var after = await this.checkpoints.LoadAsync(streamArn, cancellationToken).ConfigureAwait(false);
        var moved = positions.Count(reset => after.GetValueOrDefault(reset.ShardId)?.Generation >= asked);
        var status = await StatusAsync(cancellationToken).ConfigureAwait(false);
        return new(taken, ControlReports.OfReset(status, to, positions.Count, moved, taken, within), status);
    }

    private static ProjectionState StateOf(DeliveryControl control, bool running) =>
        (control.IsPaused, running && !control.IsTaken) switch
        {
            (true, true) => ProjectionState.Disabling,
            (true, false) => ProjectionState.Disabled,
            (false, true) => ProjectionState.Enabling,
            (false, false) => ProjectionState.Enabled,
        };

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private Task<DeliveryControl> ReadAsync(CancellationToken cancellationToken) =>
        checkpoints.ReadControlAsync(tables.CommandRecords, cancellationToken);

    /// <summary>
    /// Makes a request based on the current state, and retries if another request was faster. Returns the version of the request, or the
    /// current version if there is nothing to request.
    /// </summary>
    private async Task<(long Version, bool Changed)> AskAsync(
        Func<DeliveryControl, DeliveryControl?> want,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var seen = await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (want(seen) is not { } wanted)
                return (seen.Version, false);
            if (await checkpoints.TryAskAsync(tables.CommandRecords, seen, wanted, cancellationToken).ConfigureAwait(false))
                return (seen.Version + 1, true);
        }
    }

    /// <summary>Waits until an event source has carried out the request. Returns false if none runs, or on timeout.</summary>
    private async Task<bool> WaitAsync(Func<DeliveryControl, bool> done, TimeSpan within, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var control = await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (done(control))
                return true;
            if (time.GetElapsedTime(started) >= within || !control.IsRunning(time.GetUtcNow()))
                return false;
            await Task.Delay(LookAgain, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(IReadOnlyList<ShardState> Shards, DateTimeOffset? Oldest)> ShardsAsync(
        DeliveryControl control,
        string streamArn,
        CancellationToken cancellationToken
    )
    {
        var stream = new StreamShards(streams, streamArn, time);
        var checkpoints = await this.checkpoints.LoadAsync(streamArn, cancellationToken).ConfigureAwait(false);
        var states = new List<ShardState>();
        DateTimeOffset? oldest = null;
        foreach (var shard in await stream.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            var checkpoint = checkpoints.GetValueOrDefault(shard.ShardId, ShardCheckpoint.Start);
            var pending = control.Resets.LastOrDefault(reset => reset.ShardId == shard.ShardId && reset.StreamArn == streamArn);
            var waiting = checkpoint.Completed
                ? null
                : await stream.OldestAfterAsync(shard.ShardId, checkpoint, cancellationToken).ConfigureAwait(false);
            DateTimeOffset? since = waiting?.ApproximateCreationDateTime is { } created ? new(created.ToUniversalTime()) : null;
            if (since < (oldest ?? DateTimeOffset.MaxValue))
                oldest = since;
            states.Add(
                new(
                    shard.ShardId,
                    checkpoint.Completed ? "done"
                        : checkpoint.SequenceNumber is { } number ? $"after {number}"
                        : checkpoint.From is { } from ? $"with {from}"
                        : "oldest record",
                    since is { } moment ? Max(time.GetUtcNow() - moment, TimeSpan.Zero).TotalSeconds : null,
                    pending is null ? null : ResetPositions.Describe(pending)
                )
            );
        }

        return (states, oldest);
    }
}
