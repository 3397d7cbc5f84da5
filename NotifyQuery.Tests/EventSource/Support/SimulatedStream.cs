using System.Globalization;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// A stream in memory whose shards split while it is written. It says that the table has moved on, so that delivering it ends.
/// </summary>
internal sealed class SimulatedStream : IChangeStream
{
    public const string Arn = "arn:aws:dynamodb:us-east-1:000000000000:table/commands/stream/1";

    private readonly Dictionary<string, Shard> shards = new(StringComparer.Ordinal);

    /// <summary>May throw instead of a read: the shard, and how many reads there were.</summary>
    public Action<string, int>? BeforeRead { get; set; }

    /// <summary>May throw instead of an iterator: the shard, and where it is to stand.</summary>
    public Action<string, ShardPosition>? BeforeOpen { get; set; }

    /// <summary>May throw instead of a look at the table.</summary>
    public Action? BeforeFind { get; set; }

    /// <summary>The shards are listed, and the answer is on the way.</summary>
    public Action? AfterList { get; set; }

    public string? Latest { get; set; } = "arn:aws:dynamodb:us-east-1:000000000000:table/commands/stream/2";

    public int PageSize { get; set; } = 7;

    public int MostOutstandingReads { get; private set; }

    public IReadOnlyCollection<ChangeRecord> Records => [.. shards.Values.SelectMany(shard => shard.Records)];

    /// <summary>A stream of closed shards: items begin on some root and follow the splits of its descendants.</summary>
    public static SimulatedStream Split(int seed, int items, int records)
    {
        var random = new Random(seed);
        var stream = new SimulatedStream { PageSize = random.Next(1, 40) };
        var open = Enumerable.Range(0, random.Next(1, 4)).Select(_ => stream.Add(null)).ToList();
        var home = Enumerable.Range(0, items).ToDictionary(item => item, _ => open[random.Next(open.Count)]);
        for (var number = 1; number <= records; number++)
        {
            var item = random.Next(items);
            home[item].Records.Add(EventSource.Records.Of(number, string.Create(CultureInfo.InvariantCulture, $"item-{item}")));
            if (random.NextDouble() > 0.03)
                continue;

            var parent = open[random.Next(open.Count)];
            open.Remove(parent);
            var children = Enumerable.Range(0, random.Next(1, 3)).Select(_ => stream.Add(parent.Id)).ToList();
            open.AddRange(children);
            foreach (var moved in home.Where(entry => entry.Value == parent).Select(entry => entry.Key).ToList())
                home[moved] = children[random.Next(children.Count)];
        }

        return stream;
    }

    public Shard Add(string? parentId)
    {
        var shard = new Shard(string.Create(CultureInfo.InvariantCulture, $"shardId-{shards.Count:D4}"), parentId);
        shards.Add(shard.Id, shard);
        return shard;
    }

    public void Remove(Shard shard) => shards.Remove(shard.Id);

    /// <summary>The only shard forgets its oldest records.</summary>
    public void Trim(int records) => shards.Values.Single().Records.RemoveRange(0, records);

    public Task<string?> FindAsync(string tableName, CancellationToken cancellationToken)
    {
        BeforeFind?.Invoke();
        return Task.FromResult(Latest);
    }

    public Task<string?> FindNextAsync(string tableName, string streamArn, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(null);

    public Task<IReadOnlyList<ShardInfo>> ListShardsAsync(string streamArn, CancellationToken cancellationToken)
    {
        ShardInfo[] shards = [.. this.shards.Values.Reverse().Select(shard => new ShardInfo(shard.Id, shard.ParentId, shard.Closed))];
        AfterList?.Invoke();
        return Task.FromResult<IReadOnlyList<ShardInfo>>(shards);
    }

    public Task<string> OpenAsync(string streamArn, string shardId, ShardPosition position, CancellationToken cancellationToken)
    {
        BeforeOpen?.Invoke(shardId, position);
        var shard = shards[shardId];
        lock (shard)
        {
            var records = shard.Records;
            var index =
                position.Latest ? records.Count
                : position.At is { } at
                    ? records.FindIndex(record => SequenceNumber.Compare(record.SequenceNumber, at) >= 0) is var first and >= 0 ? first
                        : records.Count
                : position.After is { } after
                    ? records.FindIndex(record => SequenceNumber.Compare(record.SequenceNumber, after) > 0) is var found and >= 0 ? found
                        : records.Count
                : 0;
            return Task.FromResult(string.Create(CultureInfo.InvariantCulture, $"{shardId}|{index}"));
        }
    }

    public async Task<ShardPage> ReadAsync(string streamArn, string iterator, CancellationToken cancellationToken)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        var parts = iterator.Split('|');
        var shard = shards[parts[0]];
        BeforeRead?.Invoke(shard.Id, Interlocked.Increment(ref shard.Reads));
        var index = int.Parse(parts[1], CultureInfo.InvariantCulture);
        lock (shard)
        {
            var page = shard.Records.Skip(index).Take(PageSize).ToArray();
            var next = index + page.Length;
            MostOutstandingReads = Math.Max(MostOutstandingReads, next);
            return new(
                page,
                shard.Closed && next == shard.Records.Count ? null : string.Create(CultureInfo.InvariantCulture, $"{shard.Id}|{next}")
            );
        }
    }

    internal sealed class Shard(string id, string? parentId)
    {
        public int Reads;

        public string Id => id;

        public string? ParentId => parentId;

        public bool Closed { get; set; } = true;

        public List<ChangeRecord> Records { get; } = [];

        public void Write(ChangeRecord record)
        {
            lock (this)
                Records.Add(record);
        }
    }
}
