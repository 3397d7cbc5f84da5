using Amazon.DynamoDBStreams;
using Amazon.DynamoDBStreams.Model;
using NotifyQuery.DynamoDB.Streams;

namespace NotifyQuery.Operations.Control;

/// <summary>Finds the positions for a reset, and refuses positions that do not exist.</summary>
internal sealed class ResetPositions(StreamShards stream, string streamArn, IReadOnlyDictionary<string, ShardCheckpoint> checkpoints)
{
    public const string TrimHorizon = "trim-horizon";
    public const string Latest = "latest";

    /// <summary>
    /// What is wrong with the text of a position, or with a position that needs a shard and has none; null if nothing is.
    /// </summary>
    public static string? Problem(string to, string? shardId)
    {
        if (to is TrimHorizon or Latest)
            return null;
        if (!SequenceNumber.IsValid(to))
            return $"--to is '{to}': it must be {TrimHorizon}, {Latest} or a sequence number (decimal digits).";
        return shardId is null ? "A sequence number belongs to one shard: select it with --shard ('projection status' lists them)." : null;
    }

    public static string Describe(ShardReset reset) =>
        reset.After is { } after ? $"after {after}"
        : reset.From is { } from ? $"with {from}"
        : "oldest record";

    /// <summary>The new positions, one for each shard that moves.</summary>
    /// <exception cref="ControlRefusedException">There is no such shard, or no such record in it.</exception>
    public async Task<IReadOnlyList<ShardReset>> FindAsync(string to, string? shardId, CancellationToken cancellationToken)
    {
        if (Problem(to, shardId) is { } problem)
            throw new ControlRefusedException(problem);
        var shards = await stream.ListAsync(cancellationToken).ConfigureAwait(false);
        if (shards.Count == 0)
            throw new ControlRefusedException($"The stream {streamArn} has no shards (any more): there is no position to reset.");
        if (shardId is not null && !shards.Any(shard => shard.ShardId == shardId))
        {
            throw new ControlRefusedException(
                $"The stream has no shard '{shardId}': it is unknown, or all that it held is older than 24 hours. "
                    + $"It has {string.Join(", ", shards.Select(shard => shard.ShardId))}."
            );
        }

        var chosen = shards.Where(shard => shardId is null || shard.ShardId == shardId);
        if (to == TrimHorizon)
            return [.. chosen.Select(shard => new ShardReset(streamArn, shard.ShardId, 0))];
        if (to != Latest)
            return [await AtAsync(shardId!, to, cancellationToken).ConfigureAwait(false)];

        var newest = new List<ShardReset>();
        foreach (var shard in chosen)
        {
            var checkpoint = checkpoints.GetValueOrDefault(shard.ShardId, ShardCheckpoint.Start);
            if (checkpoint.Completed)
                continue; // the shard is done: there are no records to skip
            if (await stream.NewestAfterAsync(shard.ShardId, checkpoint, cancellationToken).ConfigureAwait(false) is { } last)
                newest.Add(new(streamArn, shard.ShardId, 0) { After = last });
        }

        return newest;
    }

    private async Task<ShardReset> AtAsync(string shardId, string sequenceNumber, CancellationToken cancellationToken)
    {
        var oldest =
            await stream.OldestAsync(shardId, cancellationToken).ConfigureAwait(false)
            ?? throw new ControlRefusedException($"{shardId} has no records (any more): there is no {sequenceNumber} in it.");
        if (SequenceNumber.Compare(sequenceNumber, oldest.SequenceNumber) < 0)
            throw Trimmed(oldest);
        StreamRecord? first;
        try
        {
            first = await stream.FirstFromAsync(shardId, sequenceNumber, cancellationToken).ConfigureAwait(false);
        }
        catch (TrimmedDataAccessException)
        {
            throw Trimmed(oldest);
        }
        catch (AmazonDynamoDBStreamsException exception) when (exception.ErrorCode == "ValidationException")
        {
            throw new ControlRefusedException($"{shardId} has no record {sequenceNumber}: {exception.Message}");
        }

        if (first is null)
            throw new ControlRefusedException($"{shardId} has no record {sequenceNumber}, and none after it.");
        return SequenceNumber.Compare(first.SequenceNumber, sequenceNumber) == 0
            ? new(streamArn, shardId, 0) { From = first.SequenceNumber }
            : throw new ControlRefusedException($"{shardId} has no record {sequenceNumber}: the next one is {first.SequenceNumber}.");

        ControlRefusedException Trimmed(StreamRecord oldest) =>
            new(
                $"The stream does not keep {sequenceNumber} any more (24 hours): the oldest record of {shardId} is "
                    + $"{oldest.SequenceNumber}. "
                    + $"Use --to {TrimHorizon} for that."
            );
    }
}
