using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using NotifyQuery.Tests.OddItems;

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
    private static readonly string[] Victims = ["event-source", "StreamProcessor", "dynamodb"];

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
            await using var load = new PlainAndOddLoad(system, count);
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
}
