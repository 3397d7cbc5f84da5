using System.Diagnostics;
using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using CliWrap;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>
/// DynamoDB Local alone, in memory, on a free port, from the npm package that the AppHost downloads. It has separate tables for each access
/// key, so a new key is like an empty engine.
/// </summary>
internal sealed class DynamoDBLocalProcess : IAsyncDisposable
{
    private static readonly string Folder = Repository.PathOf("NotifyQuery.AppHost", "dynamodb-local");
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo workingFolder; // the engine writes files there
    private readonly ChildProcess process;

    private DynamoDBLocalProcess(DirectoryInfo workingFolder, ChildProcess process, Uri endpoint, TimeSpan startedIn) =>
        (this.workingFolder, this.process, Endpoint, StartedIn) = (workingFolder, process, endpoint, startedIn);

    /// <summary>The address of the engine, e.g. <c>http://127.0.0.1:41234</c>.</summary>
    public Uri Endpoint { get; }

    /// <summary>The time from the start of the process to its first response.</summary>
    public TimeSpan StartedIn { get; }

    public static async Task<DynamoDBLocalProcess> StartAsync(CancellationToken cancellationToken)
    {
        await InstallAsync(cancellationToken);
        var workingFolder = Directory.CreateTempSubdirectory("notifyquery-dynamodb-local-");
        var port = ChildProcess.FreePort();
        var endpoint = new Uri($"http://127.0.0.1:{port}");
        var emulator = Path.Combine(Folder, "node_modules", "amplify-dynamodb-simulator", "emulator");
        var started = Stopwatch.GetTimestamp();
        var process = ChildProcess.Start(
            "java",
            [
                "-XX:TieredStopAtLevel=1", // as in the AppHost
                "-XX:+UseSerialGC",
                "-Xms16m",
                $"-Djava.library.path={Path.Combine(emulator, "DynamoDBLocal_lib")}",
                "-jar",
                Path.Combine(emulator, "DynamoDBLocal.jar"),
                "-inMemory",
                "-disableTelemetry",
                "-port",
                port.ToString(CultureInfo.InvariantCulture),
            ],
            workingFolder.FullName
        );
        try
        {
            using var http = new HttpClient();
            await process.WaitAsync(
                async token =>
                {
                    using var answer = await http.GetAsync(endpoint, token); // returns 400 to a request without a target
                    return true;
                },
                TimeLimit,
                cancellationToken
            );
            return new(workingFolder, process, endpoint, Stopwatch.GetElapsedTime(started));
        }
        catch
        {
            await process.KillAsync();
            workingFolder.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>The settings for a client of this engine; a new object each time.</summary>
    public AmazonDynamoDBConfig Config => new() { ServiceURL = Endpoint.ToString(), AuthenticationRegion = "us-east-1" };

    /// <summary>A client for the tables of an access key.</summary>
    public AmazonDynamoDBClient CreateClient(AWSCredentials credentials) => new(credentials, Config);

    public async ValueTask DisposeAsync()
    {
        await process.KillAsync(); // in memory: nothing to lose
        await process.DisposeAsync();
        workingFolder.Delete(recursive: true);
    }

    private static async Task InstallAsync(CancellationToken cancellationToken)
    {
        var jar = Path.Combine(Folder, "node_modules", "amplify-dynamodb-simulator", "emulator", "DynamoDBLocal.jar");
        Directory.CreateDirectory(Path.Combine(Folder, "node_modules"));
        // Two processes may come here at once, and npm ci first empties the folder. Hence the lock and the second check.
        await using var installing = await LockAsync(
            Path.Combine(Path.GetTempPath(), "notifyquery-dynamodb-local.lock"),
            cancellationToken
        );
        if (File.Exists(jar))
            return;
        await Cli.Wrap("npm")
            .WithArguments(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .WithWorkingDirectory(Folder)
            .ExecuteAsync(cancellationToken);
    }

    private static async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(100, cancellationToken);
            }
        }
    }
}
