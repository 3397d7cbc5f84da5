using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Aspire.Hosting.ApplicationModel;
using FsCheck.Fluent;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Http;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.OddItems;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Distributed;

/// <summary>
/// The system with its tables on disk, all of whose write path dies again and again, and whose commands are odd now and then. DynamoDB
/// Local keeps streams on disk too: killed without warning it comes back with the same stream, shards and sequence numbers, and even with
/// the iterators that it gave out, so that nothing is left to the event source but to try again until it answers. Should an engine forget
/// its iterators or name another stream, the event source opens a new iterator behind its checkpoint, or reads the new stream from its
/// start. It runs beside the other systems: most of it is waiting for processes that start again. For a long run see <see cref="OddRuns"/>.
/// </summary>
public sealed class KilledProcessesTests
{
    private const double OddShare = 0.05;
    private const int Writers = 16;
    private const int Marks = 8; // as many commands as surely take both lanes
    private static readonly string[] Victims = ["event-source", "StreamProcessor", "dynamodb"];
    private static readonly TimeSpan RetryFor = TimeSpan.FromMinutes(3);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_is_killed_under_load_the_tables_agree_afterwards_and_exactly_the_bad_commands_are_dead_letters()
    {
        var (count, kills) = (OddRuns.Number("NOTIFYQUERY_KILLED_WRITES", 300), OddRuns.Number("NOTIFYQUERY_KILLS", 6));
        var folder = Directory.CreateTempSubdirectory("notifyquery-killed-");
        try
        {
            await using var system = await RunningSystem.StartAsync(
                null,
                "--NotifyQuery:Backend:Persist=true",
                $"--NotifyQuery:Backend:DataFolder={folder.FullName}"
            );
            Assert.NotEmpty(folder.EnumerateFiles("*.db"));
            await using var load = new Load(system, count);
            var random = new Random(OddRuns.SeedNumber);
            // Each dies as often as the others, in an order and at moments that the seed chooses.
            var victims = Enumerable.Range(0, kills).Select(i => Victims[i % Victims.Length]).ToArray();
            random.Shuffle(victims);
            var every = count / kills;
            var moments = victims.Index().ToDictionary(kill => (kill.Index * every) + random.Next(1 + (every * 4 / 5)), kill => kill.Item);
            var killed = new HashSet<int>();
            var started = Stopwatch.GetTimestamp();

            for (var i = 0; i < count; i++)
            {
                if (moments.TryGetValue(i, out var victim))
                    await KillAsync(system, victim, killed);
                await load.WriteAsync();
            }

            await load.FinishAsync();
            var written = Stopwatch.GetElapsedTime(started);
            Assert.Equal(kills, killed.Count);
            await load.BecomesRightAsync();
            TestContext.Current.TestOutputHelper?.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"seed {OddRuns.SeedNumber}: {load} in {written.TotalSeconds:F0} s, {kills} kills ({string.Join(", ", victims)}), "
                        + $"all projected after {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s"
                )
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Kills a process once it runs (again), and does not wait until it runs again.</summary>
    private static async Task KillAsync(RunningSystem system, string resource, HashSet<int> killed)
    {
        var running = await system.App.ResourceNotifications.WaitForResourceAsync(
            resource,
            state => state.Snapshot.State?.Text == KnownResourceStates.Running && PidOf(state) is { } pid && !killed.Contains(pid),
            Token
        );
        using var process = Process.GetProcessById(PidOf(running)!.Value);
        process.Kill(entireProcessTree: true);
        killed.Add(process.Id);
    }

    private static int? PidOf(ResourceEvent state) =>
        state.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value is { } pid
            ? Convert.ToInt32(pid, CultureInfo.InvariantCulture)
            : null;

    /// <summary>Writes plain and odd commands, several at once; those to one command one after another.</summary>
    private sealed class Load : IAsyncDisposable
    {
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

        public Load(RunningSystem system, int count)
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

        private async Task EnqueueAsync(int command, Func<Task> write) =>
            await queues[(uint)command % Writers].Writer.WriteAsync(write, Token);

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
}
