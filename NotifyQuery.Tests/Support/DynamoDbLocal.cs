using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Amazon.DynamoDBv2;
using Amazon.Runtime;

[assembly: AssemblyFixture(typeof(NotifyQuery.Tests.Support.DynamoDbLocal))]

namespace NotifyQuery.Tests.Support;

/// <summary>
/// A real DynamoDB Local for the whole test run, in memory, on a free port. It keeps separate tables per access key, so that every
/// test that asks for <see cref="NewSpace"/> has an engine to itself.
/// </summary>
public sealed class DynamoDbLocal : IAsyncLifetime
{
    internal static readonly string Folder = Path.Combine(
        typeof(DynamoDbLocal).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!,
        "NotifyQuery.AppHost", "dynamodb-local");

    private readonly DirectoryInfo workingFolder = Directory.CreateTempSubdirectory("notifyquery-dynamodb-local-"); // it leaves files where it runs
    private Process? process;

    /// <summary>Where the engine answers, e.g. <c>http://127.0.0.1:41234</c>.</summary>
    public Uri Endpoint { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await InstallAsync();
        var port = FreePort();
        var emulator = Path.Combine(Folder, "node_modules", "amplify-dynamodb-simulator", "emulator");
        process = Process.Start(new ProcessStartInfo("java",
            [
                $"-Djava.library.path={Path.Combine(emulator, "DynamoDBLocal_lib")}", "-jar", Path.Combine(emulator, "DynamoDBLocal.jar"),
                "-inMemory", "-disableTelemetry", "-port", port.ToString(CultureInfo.InvariantCulture),
            ])
        { WorkingDirectory = workingFolder.FullName, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Endpoint = new Uri($"http://127.0.0.1:{port}");

        using var http = new HttpClient();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(Endpoint, deadline.Token); // answers 400 to a request without a target
                return;
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                await Task.Delay(50, deadline.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        workingFolder.Delete(recursive: true);
    }

    /// <summary>Credentials that no other test has: all clients made with them share one set of tables, seen by nobody else.</summary>
    public static BasicAWSCredentials NewSpace() => new($"test{Guid.NewGuid():N}", "test");

    /// <summary>A client for the tables of <paramref name="space"/>.</summary>
    public AmazonDynamoDBClient Client(AWSCredentials space) =>
        new(space, new AmazonDynamoDBConfig { ServiceURL = Endpoint.ToString(), AuthenticationRegion = "us-east-1" });

    private static async Task InstallAsync()
    {
        var jar = Path.Combine(Folder, "node_modules", "amplify-dynamodb-simulator", "emulator", "DynamoDBLocal.jar");
        Directory.CreateDirectory(Path.Combine(Folder, "node_modules"));
        // Two test processes may come here at once; npm ci empties the folder first, hence the lock and the second look.
        await using var installing = await LockAsync(Path.Combine(Path.GetTempPath(), "notifyquery-dynamodb-local.lock"));
        if (File.Exists(jar)) return;
        using var npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]) { WorkingDirectory = Folder })!;
        await npm.WaitForExitAsync();
        Assert.True(npm.ExitCode == 0, $"npm ci in {Folder} ended with {npm.ExitCode}");
    }

    private static async Task<FileStream> LockAsync(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(100);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
