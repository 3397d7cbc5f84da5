using System.Diagnostics;
using System.Globalization;
using NotifyQuery.AppHost.Mapping;
using NotifyQuery.Tests.EventSource;

namespace NotifyQuery.Tests.Distributed;

/// <summary>The two processes of the write side.</summary>
internal sealed class WriteSideProcesses(Engine engine, FunctionEngine functions) : IAsyncDisposable
{
    private Process? eventSource;
    private Process? function;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public long Invocations => functions.Invocations;

    public string EventSourceId => string.Create(CultureInfo.InvariantCulture, $"/{eventSource!.Id}/");

    public static async Task<WriteSideProcesses> StartAsync(Engine engine)
    {
        var processes = new WriteSideProcesses(engine, await FunctionEngine.StartAsync());
        processes.Run();
        return processes;
    }

    public void Run()
    {
        function = Start(
            "NotifyQuery.Lambdas.dll",
            [],
            new()
            {
                ["_HANDLER"] = "stream-processor",
                ["AWS_LAMBDA_RUNTIME_API"] = functions.Endpoint.Authority,
                ["AWS_LAMBDA_FUNCTION_NAME"] = "processor",
            }
        );
        RunEventSource();
    }

    public void RunEventSource() =>
        eventSource = Start(
            "NotifyQuery.EventSource.dll",
            [.. EventSourceMapping.Read().Select(setting => $"--EventSource:{setting.Key}={setting.Value}")],
            new()
            {
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["AWS_ENDPOINT_URL_LAMBDA"] = functions.Endpoint.ToString(),
                ["EventSource__FunctionName"] = "processor",
                ["EventSource__LeaseSeconds"] = "3", // killed, it is free after that; shorter, it is lost on a busy machine
            }
        );

    /// <summary>Kills both without warning (SIGKILL).</summary>
    public async Task KillAsync()
    {
        foreach (var process in (Process?[])[eventSource, function])
        {
            if (process is null)
                continue;
            process.Kill();
            await process.WaitForExitAsync(Token);
            process.Dispose();
        }

        (eventSource, function) = (null, null);
        functions.FailUnderWay();
    }

    /// <summary>Asks the event source to stop (SIGTERM), and waits until it has.</summary>
    public async Task StopEventSourceAsync(TimeSpan within)
    {
        using var kill = Process.Start("kill", ["-TERM", eventSource!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(Token);
        await eventSource.WaitForExitAsync(Token).WaitAsync(within, Token);
        Assert.Equal(0, eventSource.ExitCode);
        eventSource.Dispose();
        eventSource = null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in (Process?[])[eventSource, function])
        {
            if (process is { HasExited: false })
                process.Kill();
            process?.Dispose();
        }

        await functions.DisposeAsync();
    }

    private Process Start(string assembly, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (
            var (name, value) in environment.Concat(
                new Dictionary<string, string>
                {
                    ["LocalStack__UseLocalStack"] = "true",
                    ["LocalStack__Config__LocalStackHost"] = engine.Endpoint.Host,
                    ["LocalStack__Config__EdgePort"] = engine.Endpoint.Port.ToString(CultureInfo.InvariantCulture),
                    ["LocalStack__Session__AwsAccessKeyId"] = engine.Credentials.AccessKey,
                    ["LocalStack__Session__RegionName"] = "us-east-1",
                    ["AWS_REGION"] = "us-east-1",
                    ["AWS_ACCESS_KEY_ID"] = engine.Credentials.AccessKey,
                    ["AWS_SECRET_ACCESS_KEY"] = "test",
                }
            )
        )
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
