using System.Diagnostics;
using System.Globalization;
using System.Net;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using NotifyQuery.Tests.OddItems;

namespace NotifyQuery.Tests.Distributed;

/// <summary>
/// The system with its tables on disk, each of whose processes is killed again and again, and whose commands are odd now and then. DynamoDB
/// Local keeps streams on disk too: killed without warning it comes back with the same stream, shards and sequence numbers, and even with
/// the iterators that it gave out, so that nothing is left to the event source but to try again until it answers. Should an engine forget
/// its iterators or name another stream, the event source opens a new iterator behind its checkpoint, or reads the new stream from its
/// start. It runs beside the other systems: most of it is waiting for processes that start again. For a long run see <see cref="OddRuns"/>.
/// </summary>
public sealed class KilledProcessesTests
{
    private static readonly string[] Victims =
    [
        "dynamodb",
        "LambdaServiceEmulator",
        "event-source",
        "StreamProcessor",
        "QueryResult",
        "handler",
        "Query",
        "gateway",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_is_killed_under_load_the_tables_agree_afterwards_and_exactly_the_bad_commands_are_dead_letters()
    {
        var (count, kills) = (OddRuns.Number("NOTIFYQUERY_KILLED_WRITES", 300), OddRuns.Number("NOTIFYQUERY_KILLS", Victims.Length));
        var folder = Directory.CreateTempSubdirectory("notifyquery-killed-");
        try
        {
            await using var system = await RunningSystem.StartAsync(
                null,
                "--NotifyQuery:Backend:Persist=true",
                $"--NotifyQuery:Backend:DataFolder={folder.FullName}"
            );
            Assert.NotEmpty(folder.EnumerateFiles("*.db"));
            await using var load = new PlainAndOddLoad(system, count);
            var random = new Random(OddRuns.SeedNumber);
            // Each is killed as often as the others, in rounds, in an order and at moments that the seed chooses.
            var victims = Enumerable
                .Range(0, kills)
                .Chunk(Victims.Length)
                .SelectMany(round => Shuffled(random).Take(round.Length))
                .ToArray();
            var every = count / kills;
            var moments = victims.Index().ToDictionary(kill => (kill.Index * every) + random.Next(1 + (every * 4 / 5)), kill => kill.Item);
            var killed = new Dictionary<int, (string Victim, long At)>();
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
            foreach (var victim in Victims)
                await AnswersAsync(system, victim);
            var perVictim = victims.CountBy(victim => victim).Select(each => $"{each.Value} of {each.Key}");
            TestContext.Current.TestOutputHelper?.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"seed {OddRuns.SeedNumber}: {load} in {written.TotalSeconds:F0} s, {kills} kills ({string.Join(", ", perVictim)}), "
                        + $"all projected after {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s"
                )
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>
    /// Kills a process once it runs (again) and answers behind its address. Does not wait until it runs again after that.
    /// </summary>
    private static async Task KillAsync(RunningSystem system, string resource, Dictionary<int, (string Victim, long At)> killed)
    {
        // What crashes more than five times in a minute is not restarted any more.
        while (killed.Values.Count(kill => kill.Victim == resource && Stopwatch.GetElapsedTime(kill.At) < TimeSpan.FromMinutes(1)) == 5)
            await Task.Delay(TimeSpan.FromMilliseconds(100), Token);
        await AnswersAsync(system, resource);
        var running = await system.App.ResourceNotifications.WaitForResourceAsync(
            resource,
            state => state.Snapshot.State?.Text == KnownResourceStates.Running && PidOf(state) is { } pid && !killed.ContainsKey(pid),
            Token
        );
        using var process = Process.GetProcessById(PidOf(running)!.Value);
        process.Kill(entireProcessTree: true);
        killed.Add(process.Id, (resource, Stopwatch.GetTimestamp()));
    }

    /// <summary>Waits until a process answers behind the address that it had at the start of the system.</summary>
    private static Task AnswersAsync(RunningSystem system, string resource) =>
        RunningSystem.EventuallyAsync(
            $"{resource} answers behind its address",
            async () =>
            {
                switch (resource)
                {
                    case "dynamodb":
                        return (await system.DynamoDB.ListTablesAsync(Token)).TableNames.Count > 0;
                    case "event-source":
                    case "handler":
                    {
                        using var client = system.App.CreateHttpClient(resource, "http");
                        using var health = await client.GetAsync("/health", Token);
                        return health.IsSuccessStatusCode;
                    }
                    case "StreamProcessor": // has no address: it asks the emulator for events, and what it writes is checked at the end
                        return true;
                    default: // the query passes through all others
                    {
                        using var page = await system.Gateway.GetAsync("/query/user?user_id=user-0001", Token);
                        return page.StatusCode is HttpStatusCode.OK;
                    }
                }
            }
        );

    private static string[] Shuffled(Random random)
    {
        var victims = Victims.ToArray();
        random.Shuffle(victims);
        return victims;
    }

    private static int? PidOf(ResourceEvent state) =>
        state.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value is { } pid
            ? Convert.ToInt32(pid, CultureInfo.InvariantCulture)
            : null;
}
