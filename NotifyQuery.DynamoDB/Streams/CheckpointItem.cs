using System.Globalization;
using Amazon.DynamoDBv2.Model;

namespace NotifyQuery.DynamoDB.Streams;

/// <summary>
/// The items of the checkpoint table. There is one item for each shard, and one for each table. The <c>stream_arn</c> of a table's item is
/// the table's name, and its <c>shard_id</c> is <c>#lease</c>. It has the owner and expiry of the lease, the current stream, and the
/// requests of operators.
/// <para>Unreadable values, for example from other programs, count as absent.</para>
/// </summary>
public static class CheckpointItem
{
    /// <summary>The value of <c>shard_id</c> for the item with the lease.</summary>
    public const string LeaseId = "#lease";

#pragma warning disable CS1591 // attributes: the names are self-explanatory
    public const string StreamArn = "stream_arn";
    public const string ShardId = "shard_id";

    public const string Checkpoint = "checkpoint";
    public const string CheckpointOrder = "checkpoint_order";
    public const string LaneCheckpoints = "lane_checkpoints";
    public const string Completed = "completed";
    public const string StartAt = "start_at";
    public const string Generation = "generation";
    public const string UpdatedAt = "updated_at";

    public const string LeaseOwner = "lease_owner";
    public const string LeaseExpiresAt = "lease_expires_at";
    public const string CurrentStream = "current_stream";
    public const string CurrentSince = "current_since";

    public const string ControlVersion = "control_version";
    public const string Paused = "paused";
    public const string PausedBy = "paused_by";
    public const string PausedAt = "paused_at";
    public const string AskedFor = "asked_for";
    public const string AskedBy = "asked_by";
    public const string AskedAt = "asked_at";
    public const string Resets = "resets";
    public const string TakenVersion = "taken_version";
    public const string TakenEnabled = "taken_enabled";
    public const string TakenAt = "taken_at";
    public const string TakenRecordAge = "taken_record_age";
#pragma warning restore CS1591

    /// <summary>The key of a shard's item.</summary>
    public static Dictionary<string, AttributeValue> Key(string streamArn, string shardId) =>
        new() { [StreamArn] = new(streamArn), [ShardId] = new(shardId) };

    /// <summary>
    /// A condition that is true while <paramref name="version"/> is the last request. The expression uses the value <c>:version</c>, and
    /// for version 0 also <c>:number</c>.
    /// </summary>
    public static string StillAt(long version) =>
        version > 0 ? $"{ControlVersion} = :version" : $"({ControlVersion} = :version OR NOT attribute_type({ControlVersion}, :number))";

    /// <summary>Reads a shard's item.</summary>
    public static ShardCheckpoint ReadCheckpoint(Dictionary<string, AttributeValue> item)
    {
        var generation = Number(item, Generation) ?? 0;
        var number = Text(item, Checkpoint);
        if (number is not null && !SequenceNumber.IsValid(number))
            return ShardCheckpoint.Start with { Generation = generation };
        List<string?> lanes = [.. (item.GetValueOrDefault(LaneCheckpoints)?.L ?? []).Select(lane => lane.S)];
        if (!lanes.TrueForAll(lane => lane is null || SequenceNumber.IsValid(lane)))
            lanes = [];
        return new(number, lanes, item.GetValueOrDefault(Completed)?.BOOL is true)
        {
            From = NumberText(item, StartAt),
            Generation = generation,
        };
    }

    /// <summary>Reads the item with the lease. Without an item, there are no requests.</summary>
    public static DeliveryControl ReadControl(Dictionary<string, AttributeValue>? item)
    {
        item ??= [];
        return new()
        {
            Version = Number(item, ControlVersion) ?? 0,
            Paused = item.GetValueOrDefault(Paused)?.BOOL is true,
            PausedBy = Moment(item, PausedAt) is { } pausedAt ? new("pause", Text(item, PausedBy) ?? "", pausedAt) : null,
            Last = Moment(item, AskedAt) is { } askedAt ? new(Text(item, AskedFor) ?? "", Text(item, AskedBy) ?? "", askedAt) : null,
            Resets = [.. (item.GetValueOrDefault(Resets)?.L ?? []).Select(reset => ReadReset(reset.M ?? [])).OfType<ShardReset>()],
            Taken = Number(item, TakenVersion) is { } taken
                ? new(
                    taken,
                    item.GetValueOrDefault(TakenEnabled)?.BOOL is not false,
                    Moment(item, TakenAt) ?? DateTimeOffset.UnixEpoch,
                    Number(item, TakenRecordAge) is { } seconds and >= 0 and <= int.MaxValue ? TimeSpan.FromSeconds(seconds) : null
                )
                : null,
            Owner = Text(item, LeaseOwner),
            OwnedUntil = Moment(item, LeaseExpiresAt),
            StreamArn = Text(item, CurrentStream) is { Length: > 0 } arn ? arn : null,
            StreamSince = Moment(item, CurrentSince),
        };
    }

    /// <summary>Serializes a position reset.</summary>
    public static AttributeValue Write(ShardReset reset)
    {
        var item = new Dictionary<string, AttributeValue>
        {
            [StreamArn] = new(reset.StreamArn),
            [ShardId] = new(reset.ShardId),
            [ControlVersion] = Number(reset.Version),
        };
        if (reset.From is { } from)
            item[StartAt] = new(from);
        if (reset.After is { } after)
            item[Checkpoint] = new(after);
        return new() { M = item };
    }

    /// <summary>A number.</summary>
    public static AttributeValue Number(long number) => new() { N = number.ToString(CultureInfo.InvariantCulture) };

    /// <summary>A time, in Unix milliseconds.</summary>
    public static AttributeValue Milliseconds(DateTimeOffset moment) => Number(moment.ToUnixTimeMilliseconds());

    private static ShardReset? ReadReset(Dictionary<string, AttributeValue> item) =>
        Text(item, StreamArn) is { } arn && Text(item, ShardId) is { } shard && Number(item, ControlVersion) is { } version
            ? new(arn, shard, version) { From = NumberText(item, StartAt), After = NumberText(item, Checkpoint) }
            : null;

    private static string? NumberText(Dictionary<string, AttributeValue> item, string name) =>
        Text(item, name) is { } number && SequenceNumber.IsValid(number) ? number : null;

    private static string? Text(Dictionary<string, AttributeValue> item, string name) => item.GetValueOrDefault(name)?.S;

    private static long? Number(Dictionary<string, AttributeValue> item, string name) =>
        long.TryParse(item.GetValueOrDefault(name)?.N, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static DateTimeOffset? Moment(Dictionary<string, AttributeValue> item, string name) =>
        Number(item, name) is { } number && number <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(number)
            : null;
}
