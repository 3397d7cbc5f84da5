using System.Globalization;
using System.Threading.Channels;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using FsCheck.Fluent;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Http;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.OddItems;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Distributed;

/// <summary>Writes plain and odd commands, several at once; those to one command one after another.</summary>
internal sealed class PlainAndOddLoad : IAsyncDisposable
{
    private const double OddShare = 0.05;
    private const int Writers = 16;
    private const int Marks = 8; // as many commands as surely take both lanes
    private static readonly TimeSpan RetryFor = TimeSpan.FromMinutes(3);

    private readonly string users = $"user-{Guid.NewGuid():N}";
    private readonly RunningSystem system;
    private readonly List<HistoryWrite> plain = [];
    private readonly OddTable odd = new();
    private readonly IEnumerator<HistoryWrite> plainWrites;
    private readonly IEnumerator<(int Batch, OddKey Key, OddCommand? State)> oddWrites;
    private readonly Random random = new(OddRuns.SeedNumber);
    private readonly AmazonDynamoDBClient client;
    private readonly RawDynamoDb raw;
    private readonly Channel<Func<Task>>[] queues = [.. Enumerable.Range(0, Writers).Select(_ => Channel.CreateBounded<Func<Task>>(4))];
    private readonly Task[] writers;
    private int oddCount;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public PlainAndOddLoad(RunningSystem system, int count)
    {
        this.system = system;
        plainWrites = CommandHistory.Of(OddRuns.SeedNumber, count, users, curable: false).Writes.GetEnumerator();
        oddWrites = OddBatch
            .Any(onlyReturned: false, largeInHundred: 1)
            .Generator.Sample(1 + (int)(count * OddShare / 2), OddRuns.Seed, size: 50)
            .SelectMany((batch, number) => batch.Writes.Select(write => (number, batch.Keys[write.Slot], write.State)))
            .GetEnumerator();
        // Tries once: for how long is said here.
        client = new(
            new BasicAWSCredentials("test", "test"),
            new AmazonDynamoDBConfig
            {
                ServiceURL = system.DynamoDB.Config.ServiceURL,
                AuthenticationRegion = "us-east-1",
                MaxErrorRetry = 0,
            }.ReadingAnyText()
        );
        raw = new(new(system.DynamoDB.Config.ServiceURL), new("test", "test", null), RetryFor);
        writers = [.. queues.Select(queue => DrainAsync(queue))];
    }

    /// <summary>Makes the next write, or waits until there is room to.</summary>
    public async Task WriteAsync()
    {
        if (random.NextDouble() < OddShare && oddWrites.MoveNext())
        {
            var (batch, key, state) = oddWrites.Current;
            oddCount++;
            await EnqueueAsync(batch, () => odd.WriteAsync(raw, key, state, Token));
        }
        else if (plainWrites.MoveNext())
        {
            var write = plainWrites.Current;
            plain.Add(write);
            await EnqueueAsync(
                write.Record.TransactionId.GetHashCode(StringComparison.Ordinal),
                () => RetryAsync(() => write.ApplyAsync(client, Token))
            );
        }
    }

    public async Task FinishAsync()
    {
        foreach (var queue in queues)
            queue.Writer.TryComplete();
        await Task.WhenAll(writers);
    }

    /// <summary>
    /// Waits until everything is projected, and says in what the tables and the dead letters are not what the writes make of them.
    /// </summary>
    public async Task BecomesRightAsync()
    {
        var marks = $"{users}-marks";
        for (var i = 0; i < Marks; i++)
        {
            var mark = RunningSystem.NewRecord(marks);
            await RetryAsync(() => system.Commands.PutAsync(mark, Token));
        }

        // What was written before a mark, and takes its lane, is projected before it.
        await RunningSystem.EventuallyAsync(
            "the last commands are shown",
            async () => (await system.ItemsOfAsync(marks)).Length == Marks,
            RetryFor + TimeSpan.FromMilliseconds(20 * plain.Count)
        );
        await RunningSystem.EventuallyAsync(
            "all the projection is done",
            async () =>
            {
                await CompareAsync();
                return true;
            }
        );
    }

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{plain.Count + oddCount} writes ({plain.Count} plain, {oddCount} odd of which {odd.Bad.Count} bad, {odd.Refused} "
                + $"refused by the engine), {PoisonOf(plain).Count() + odd.Bad.Count} dead letters"
        );

    public async ValueTask DisposeAsync()
    {
        foreach (var queue in queues)
            queue.Writer.TryComplete();
        await Task.WhenAll(writers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        plainWrites.Dispose();
        oddWrites.Dispose();
        raw.Dispose();
        client.Dispose();
    }

    private async Task CompareAsync()
    {
        var names = new TableNames();
        var report = new ReconcileReport();
        await new Reconciler(client, names, TimeProvider.System).ReconcileAsync(new() { Settle = TimeSpan.Zero }, report, Token);
        Assert.DoesNotContain(report.Findings, finding => finding.Kind is not Discrepancy.Failed);
        var last = plain
            .GroupBy(write => (write.Record.TransactionId, write.Record.CreatedAt))
            .Select(writes => writes.Last())
            .ToLookup(write => write.Kind);
        Assert.Equal(
            (
                last[WriteKind.Put].Count() + odd.CurrentlyGood.Count + Marks,
                last[WriteKind.Poison].Count() + odd.Current.Count - odd.CurrentlyGood.Count
            ),
            ((int)report.Notifications, (int)report.Count(Discrepancy.Failed))
        );

        var letters = new List<StoredDeadLetter>();
        await foreach (var letter in new FailureLog(client, names, TimeProvider.System).ListAsync(2, withResolved: false, Token))
            letters.Add(letter);
        var ofPlain = letters.ToLookup(letter => letter.TransactionId?.StartsWith(users, StringComparison.Ordinal) is true);
        Assert.Equal(
            PoisonOf(plain).Order(StringComparer.Ordinal),
            ofPlain[true].Select(letter => letter.TransactionId!).Order(StringComparer.Ordinal)
        );
        odd.AssertLetters([.. ofPlain[false]]);

        var first = $"{users}-0";
        Assert.Equal(
            Math.Min(100, last[WriteKind.Put].Count(write => write.Record.UserId == first)),
            (await system.ItemsOfAsync(first)).Length
        );
    }

    private static IEnumerable<string> PoisonOf(IEnumerable<HistoryWrite> writes) =>
        writes.Where(write => write.Kind is WriteKind.Poison).Select(write => write.Record.TransactionId);

    private async Task EnqueueAsync(int command, Func<Task> write) => await queues[(uint)command % Writers].Writer.WriteAsync(write, Token);

    private static async Task DrainAsync(Channel<Func<Task>> queue)
    {
        try
        {
            await foreach (var write in queue.Reader.ReadAllAsync(Token))
                await write();
        }
        catch (Exception exception)
        {
            queue.Writer.TryComplete(exception); // whoever has another write for it learns of this
            throw;
        }
    }

    /// <summary>Writes until the engine has said that it is done: an engine that dies may have done it without saying so.</summary>
    private static Task RetryAsync(Func<Task> write) =>
        RunningSystem.EventuallyAsync(
            "the engine takes the command",
            async () =>
            {
                try
                {
                    await write();
                    return true;
                }
                catch (Exception exception)
                    when (exception is AmazonServiceException or AmazonClientException or HttpRequestException or IOException)
                {
                    return false;
                }
            },
            RetryFor
        );
}
