using System.Runtime.InteropServices;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.Benchmarks.Admission;

/// <summary>
/// Simulates a campaign with a model of DynamoDB's admission control, with simulated time. The changes, the projection's batch plan, the
/// items and their keys are those of the real code. Only the engine and the time are simulated. An index that throttles delays its table: a
/// write is admitted when the table and every index that it changes admit it.
/// </summary>
internal sealed class AdmissionModel
{
    private const double Step = 0.1; // seconds
    private const double LongestPause = 2;

    private readonly AdmissionOptions options;
    private readonly KeySpread spread;
    private readonly CampaignTraffic traffic;
    private readonly PartitionedKeys table;
    private readonly PartitionedKeys transactions;
    private readonly PartitionedKeys campaigns;
    private readonly PartitionedKeys statuses;
    private readonly NotificationStatus?[] shown;
    private readonly Lane[] lanes;
    private readonly Dictionary<string, double> units = [];
    private readonly Random random = new(19);
    private long applied;
    private long throttled;
    private long throttledReads;
    private double oldest;

    private AdmissionModel(AdmissionOptions options, KeySpread spread)
    {
        (this.options, this.spread, traffic) = (options, spread, new(options));
        var partitions = Math.Max(4, options.WarmUnits / (int)options.Limits.WriteUnits);
        (table, transactions, campaigns, statuses) = (New(), New(), New(), New());
        shown = new NotificationStatus?[traffic.Notifications];
        lanes = [.. Enumerable.Range(0, options.Lanes).Select(_ => new Lane())];

        PartitionedKeys New() => new(partitions, options.Limits);
    }

    /// <summary>Simulates a campaign.</summary>
    /// <param name="options">The options.</param>
    /// <param name="spread">How the keys are spread.</param>
    /// <param name="cancellationToken">Stops between two steps.</param>
    public static AdmissionResult Play(AdmissionOptions options, KeySpread spread, CancellationToken cancellationToken) =>
        new AdmissionModel(options, spread).Run(cancellationToken);

    private AdmissionResult Run(CancellationToken cancellationToken)
    {
        var (commands, time, gaveUp) = (0L, 0.0, false);
        for (; !gaveUp && (time < traffic.Seconds || lanes.Any(lane => !lane.IsEmpty)); time += Step)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (number, change) in traffic.Between(time, time + Step))
            {
                commands++;
                lanes[number % lanes.Length].Queue.Enqueue((time, change));
            }

            foreach (var keys in (PartitionedKeys[])[table, transactions, campaigns, statuses])
                keys.Advance(Step);
            Query();
            var first = random.Next(lanes.Length); // varies the order, so that no lane is always admitted first
            for (var i = 0; i < lanes.Length; i++)
                Work(lanes[(first + i) % lanes.Length], time);
            var age = lanes.Max(lane => lane.IsEmpty ? 0 : time - lane.Oldest);
            oldest = Math.Max(oldest, age);
            gaveUp = age > options.MaximumRecordAge;
        }

        var (hottest, most) = units.MaxBy(key => key.Value);
        return new(
            spread.Keys,
            commands,
            traffic.Seconds,
            applied,
            throttled,
            Math.Max(0, time - traffic.Seconds),
            oldest,
            hottest,
            most / traffic.Seconds,
            throttledReads,
            (campaigns.Count, statuses.Count),
            gaveUp
        );
    }

    /// <summary>One time step of a lane: batches one after another, each until all its writes are done.</summary>
    private void Work(Lane lane, double time)
    {
        for (var left = Step; left > 0; )
        {
            if (lane.Pending.Count == 0)
            {
                if (lane.Queue.Count == 0)
                    return;
                var changes = new List<StreamChange>(options.BatchSize);
                lane.BatchOldest = lane.Queue.Peek().At;
                while (changes.Count < options.BatchSize && lane.Queue.TryDequeue(out var next))
                    changes.Add(next.Change);
                foreach (var planned in BatchPlan.Of(changes, CampaignTraffic.Start.AddSeconds(time)).Writes)
                    lane.Pending.Add(new(planned.Write));
                left -= options.InvocationSeconds;
            }

            var tried = false;
            for (var i = lane.Pending.Count - 1; i >= 0 && left > 0; i--)
            {
                var pending = lane.Pending[i];
                if (pending.Next > time)
                    continue;
                tried = true;
                left -= options.WriteSeconds / options.Concurrency;
                if (TryWrite(pending.Write, time))
                    lane.Pending.RemoveAt(i);
                else
                    lane.Pending[i] = pending.Again(
                        time,
                        Math.Min(LongestPause, Step * (1 << Math.Min(pending.Attempts, 6))) * (0.5 + random.NextDouble())
                    );
            }

            if (!tried)
                return;
        }
    }

    private bool TryWrite(ProjectionWrite write, double time)
    {
        var record = ((ProjectionWrite.Put)write).Record;
        var item = NotificationItem.Of(write, spread, CampaignTraffic.Start.AddSeconds(time));
        var size = Math.Ceiling(ItemSize.OfProjection(record) / 1024.0);
        ref var before = ref shown[CampaignTraffic.NumberOf(record.TransactionId)];
        Span<Use> uses = new Use[5];
        var count = 0;
        uses[count++] = new(table, record.UserId, size);
        uses[count++] = new(transactions, record.TransactionId, size);
        uses[count++] = new(campaigns, KeyOf(item, spread.AttributeOf(SharedKey.Campaign)!), size);
        uses[count++] = new(statuses, KeyOf(item, spread.AttributeOf(SharedKey.StatusOfDay)!), size);
        // A change of status leaves one key and enters another.
        if (before is { } former && former != record.Status)
            uses[count++] = new(statuses, spread.KeyOf(SharedKey.StatusOfDay, record with { Status = former })!, size);

        uses = uses[..count];
        var admitted = true;
        foreach (var use in uses)
        {
            if (use.Partition.Writes >= use.Units)
                continue;
            use.Partition.Refuse(use.Place, use.Units);
            admitted = false;
        }

        if (!admitted)
        {
            throttled++;
            return false;
        }

        foreach (var use in uses)
        {
            use.Partition.Write(use.Place, use.Units);
            if (use.Keys == campaigns || use.Keys == statuses)
                CollectionsMarshal.GetValueRefOrAddDefault(units, use.Key, out _) += use.Units;
        }

        before = record.Status;
        applied++;
        return true;
    }

    /// <summary>Queries for the campaign's first page: each reads every key.</summary>
    private void Query()
    {
        foreach (var key in spread.KeysOf(CampaignTraffic.Campaign))
        {
            var partition = campaigns.Of(PartitionedKeys.PlaceOf(key));
            // Five items for each of 16 keys are less than 4 KB. All 21 items of one key are four times as much.
            var page = Math.Ceiling(DynamoDBNotificationReader.ShareOf(21, spread.Keys) * 0.75 / 4) * 0.5 * options.QueriesPerSecond * Step;
            if (partition.Reads >= page)
                partition.Read(page);
            else
                throttledReads++;
        }
    }

    private static string KeyOf(Item item, string attribute) => item[attribute].S;

    /// <summary>The units that a write consumes in one partition.</summary>
    private readonly record struct Use(PartitionedKeys Keys, string Key, double Units)
    {
        public ulong Place { get; } = PartitionedKeys.PlaceOf(Key);

        public Partition Partition => Keys.Of(Place);
    }

    /// <summary>A write that is not done yet.</summary>
    private readonly record struct Pending(ProjectionWrite Write, int Attempts = 0, double Next = 0)
    {
        public Pending Again(double time, double pause) => this with { Attempts = Attempts + 1, Next = time + pause };
    }

    /// <summary>A lane: the changes of some transactions, in order, one batch at a time.</summary>
    private sealed class Lane
    {
        public Queue<(double At, StreamChange Change)> Queue { get; } = new();

        public List<Pending> Pending { get; } = [];

        public double BatchOldest { get; set; }

        public bool IsEmpty => Pending.Count == 0 && Queue.Count == 0;

        public double Oldest => Pending.Count > 0 ? BatchOldest : Queue.Peek().At;
    }
}
