using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using NotifyQuery.Operations;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>The options for starting the system.</summary>
internal sealed record LocalSystemOptions
{
    /// <summary>Whether telemetry is exported to the dashboard, as when a developer runs the system.</summary>
    public bool Telemetry { get; init; } = true;

    /// <summary>Whether demo data is written.</summary>
    public bool DemoData { get; init; }

    /// <summary>Whether to start with <c>dotnet run --no-build</c> instead of the built AppHost itself.</summary>
    public bool ByDotnetRun { get; init; }
}

/// <summary>The complete system as its AppHost runs it on DynamoDB Local: the built AppHost as a separate process, on free ports.</summary>
internal sealed class LocalSystem : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private LocalSystem(ChildProcess process, Uri endpoint, Uri emulator, Uri handler, Uri gateway, TimeSpan startedIn) =>
        (Process, Endpoint, Emulator, Handler, Gateway, StartedIn) = (process, endpoint, emulator, handler, gateway, startedIn);

    /// <summary>DynamoDB Local.</summary>
    public Uri Endpoint { get; }

    /// <summary>The Lambda emulator.</summary>
    public Uri Emulator { get; }

    /// <summary>The Handler, without the gateway.</summary>
    public Uri Handler { get; }

    /// <summary>The API Gateway.</summary>
    public Uri Gateway { get; }

    /// <summary>The time from the start of the process to the gateway's first response to a query.</summary>
    public TimeSpan StartedIn { get; }

    /// <summary>The root of the process tree.</summary>
    public ChildProcess Process { get; }

    public static async Task<LocalSystem> StartAsync(LocalSystemOptions options, CancellationToken cancellationToken)
    {
        var (backend, emulator, handler, gateway) = (Address(), Address(), Address(), Address());
        string[] arguments =
        [
            "--NotifyQuery:Backend=dynamodb-local",
            $"--NotifyQuery:DemoData={options.DemoData}",
            $"--NotifyQuery:Ports:Backend={backend.Port}",
            $"--NotifyQuery:Ports:Emulator={emulator.Port}",
            $"--NotifyQuery:Ports:Handler={handler.Port}",
            $"--NotifyQuery:Ports:Gateway={gateway.Port}",
        ];
        string[] run = options.ByDotnetRun
            ?
            [
                "run",
                "--no-build",
                "--no-launch-profile",
                "--configuration",
                Repository.Configuration,
                "--project",
                "NotifyQuery.AppHost",
                "--",
            ]
            : [Repository.Built("NotifyQuery.AppHost")];
        var environment = LaunchProfile();
        if (!options.Telemetry)
            environment["OTEL_SDK_DISABLED"] = "true";
        var started = Stopwatch.GetTimestamp();
        var process = ChildProcess.Start("dotnet", [.. run, .. arguments], Repository.Folder, environment);
        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
            await process.WaitAsync(
                async token =>
                {
                    using var answer = await http.GetAsync(new Uri(gateway, "/query/user?user_id=nobody"), token);
                    return answer.StatusCode is HttpStatusCode.OK;
                },
                StartLimit,
                cancellationToken
            );
            return new(process, backend, emulator, handler, gateway, Stopwatch.GetElapsedTime(started));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }

        static Uri Address() => new($"http://127.0.0.1:{ChildProcess.FreePort()}");
    }

    /// <summary>The environment of the AppHost's launch profile, with a free port for the dashboard.</summary>
    public static Dictionary<string, string?> LaunchProfile()
    {
        var file = Path.Combine(Repository.Folder, "NotifyQuery.AppHost", "Properties", "launchSettings.json");
        using var settings = JsonDocument.Parse(File.ReadAllBytes(file));
        var variables = settings.RootElement.GetProperty("profiles").GetProperty("http").GetProperty("environmentVariables");
        return new(variables.EnumerateObject().Select(variable => KeyValuePair.Create(variable.Name, variable.Value.GetString())))
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{ChildProcess.FreePort()}",
        };
    }

    /// <summary>A client for the system's tables.</summary>
    public AmazonDynamoDBClient CreateClient() =>
        new(
            new BasicAWSCredentials("test", "test"),
            new AmazonDynamoDBConfig { ServiceURL = Endpoint.ToString(), AuthenticationRegion = "us-east-1" }
        );

    /// <summary>The event source. The system announces the addresses of its parts when it is ready.</summary>
    public async Task<Uri> EventSourceAsync(CancellationToken cancellationToken)
    {
        string? address = null;
        await Process.WaitAsync(
            _ =>
            {
                address = RunningSystems.OfUser.Find().FirstOrDefault(running => running.ProcessId == Process.Id)?.Addresses.EventSource;
                return Task.FromResult(address is not null);
            },
            StartLimit,
            cancellationToken
        );
        return new(address!);
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
