using System.Diagnostics;
using System.Globalization;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>
/// An AppHost of the same shape whose processes do nothing (Floor/Program.cs): the time that Aspire and .NET themselves need.
/// </summary>
internal sealed class FloorSystem : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private FloorSystem(ChildProcess process, TimeSpan startedIn) => (Process, StartedIn) = (process, startedIn);

    /// <summary>The root of the process tree.</summary>
    public ChildProcess Process { get; }

    /// <summary>The time from the start of the process to the gateway's first response.</summary>
    public TimeSpan StartedIn { get; }

    public static async Task<FloorSystem> StartAsync(CancellationToken cancellationToken)
    {
        var gateway = ChildProcess.FreePort();
        var started = Stopwatch.GetTimestamp();
        var process = ChildProcess.Start(
            "dotnet",
            [
                "run",
                "--no-build",
                "--no-launch-profile",
                "--configuration",
                Repository.Configuration,
                "--project",
                "NotifyQuery.Benchmarks/Floor",
                "--",
                string.Create(CultureInfo.InvariantCulture, $"--Gateway={gateway}"),
            ],
            Repository.Folder,
            LocalSystem.LaunchProfile()
        );
        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
            await process.WaitAsync(
                async token =>
                {
                    using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{gateway}/"), token);
                    return answer.IsSuccessStatusCode;
                },
                StartLimit,
                cancellationToken
            );
            return new(process, Stopwatch.GetElapsedTime(started));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
