using System.Diagnostics;
using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Aspire.Hosting.ApplicationModel;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Distributed;

/// <summary>
/// The system with its tables on disk, all of whose write path dies again and again. DynamoDB Local keeps streams on disk too: killed
/// without warning it comes back with the same stream, shards and sequence numbers, and even with the iterators that it gave out, so
/// that nothing is left to the event source but to try again until it answers. Should an engine forget its iterators or name another
/// stream, the event source opens a new iterator behind its checkpoint, or reads the new stream from its start. It runs beside the other
/// systems: most of it is waiting for processes that start again.
/// </summary>
public sealed class KilledProcessesTests
{
    [Theory]
    [InlineData(20261122)]
    public async Task Whatever_is_killed_under_load_the_tables_agree_afterwards_and_exactly_the_poison_is_a_dead_letter(int seed)
    {
        var folder = Directory.CreateTempSubdirectory("notifyquery-killed-");
        try
        {
            await using var system = await RunningSystem.StartAsync(
                null, "--NotifyQuery:Backend:Persist=true", $"--NotifyQuery:Backend:DataFolder={folder.FullName}");
            Assert.NotEmpty(folder.EnumerateFiles("*.db"));
            var history = CommandHistory.Of(seed, 300, users: $"user-{Guid.NewGuid():N}", curable: false);
            var random = new Random(seed);
            // Every victim dies twice, in an order and at moments of the history that the seed chooses.
            string[] victims = ["event-source", "StreamProcessor", "dynamodb", "event-source", "StreamProcessor", "dynamodb"];
            random.Shuffle(victims);
            // Tries once: how long to insist is said below.
            using var client = new AmazonDynamoDBClient(new BasicAWSCredentials("test", "test"), new AmazonDynamoDBConfig
            {
                ServiceURL = system.DynamoDB.Config.ServiceURL,
                AuthenticationRegion = "us-east-1",
                MaxErrorRetry = 0,
            });
            var killed = new HashSet<int>();
            var moments = victims.Select((victim, i) => (At: (i * 45) + random.Next(40), Victim: victim)).ToDictionary(m => m.At, m => m.Victim);

            for (var i = 0; i < history.Writes.Count; i++)
            {
                if (moments.TryGetValue(i, out var victim)) await KillAsync(system, victim, killed);
                await InsistAsync(client, history.Writes[i]);
            }

            Assert.Equal(victims.Length, killed.Count);
            await RunningSystem.EventuallyAsync("all the projection is done", async () =>
            {
                await FaultyWritePath.IsRightAsync(client, history);
                return true;
            });
            Assert.Equal(history.Fold().Count(record => record.UserId.EndsWith("-0", StringComparison.Ordinal)), (await system.ItemsOfAsync(UserOf(history))).Length);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string UserOf(CommandHistory history) => history.Fold().First(record => record.UserId.EndsWith("-0", StringComparison.Ordinal)).UserId;

    /// <summary>Writes until the engine has said that it is done: an engine that dies may have done it without saying so.</summary>
    private static Task InsistAsync(IAmazonDynamoDB client, HistoryWrite write) => RunningSystem.EventuallyAsync("the engine takes the command", async () =>
    {
        try
        {
            await write.ApplyAsync(client, TestContext.Current.CancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is AmazonServiceException or AmazonClientException or HttpRequestException or IOException)
        {
            return false;
        }
    });

    /// <summary>Kills a process once it runs (again), and does not wait until it runs again.</summary>
    private static async Task KillAsync(RunningSystem system, string resource, HashSet<int> killed)
    {
        var running = await system.App.ResourceNotifications.WaitForResourceAsync(
            resource, state => state.Snapshot.State?.Text == KnownResourceStates.Running && PidOf(state) is { } pid && !killed.Contains(pid), TestContext.Current.CancellationToken);
        using var process = Process.GetProcessById(PidOf(running)!.Value);
        process.Kill(entireProcessTree: true);
        killed.Add(process.Id);
    }

    private static int? PidOf(ResourceEvent state) =>
        state.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value is { } pid ? Convert.ToInt32(pid, CultureInfo.InvariantCulture) : null;
}
