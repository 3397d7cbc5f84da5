using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace NotifyQuery.Operations;

/// <summary>Where the parts of a system answer; null for a part that it does not have.</summary>
public sealed record SystemAddresses
{
    /// <summary>DynamoDB; null for an AWS account.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The API Gateway.</summary>
    public string? Gateway { get; init; }

    /// <summary>The Handler, directly.</summary>
    public string? Handler { get; init; }

    /// <summary>The local event source.</summary>
    public string? EventSource { get; init; }
}

/// <summary>A system that an AppHost runs on this machine, as it says so itself.</summary>
/// <param name="ProcessId">The AppHost's process.</param>
/// <param name="StartedAt">When that process started: an id alone may by now be another process's.</param>
/// <param name="Addresses">Where its parts answer.</param>
public sealed record RunningSystem(int ProcessId, DateTimeOffset StartedAt, SystemAddresses Addresses);

/// <summary>
/// How a tool finds the systems that run on this machine: each AppHost leaves a small file in a folder of the user's, and takes it away
/// when it stops. One that was killed leaves its file behind; it is told by its process, which is gone.
/// </summary>
/// <param name="folder">The folder.</param>
public sealed class RunningSystems(string folder)
{
    // The kernel's clock and ours may read a process's start apart by some ticks.
    private static readonly TimeSpan StartTolerance = TimeSpan.FromSeconds(2);

    /// <summary>The systems of the user who runs this process.</summary>
    public static RunningSystems OfUser { get; } = new(Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } data ? data : Path.GetTempPath(),
        "notifyquery", "running"));

    /// <summary>Says that this process runs a system, until what is returned is disposed.</summary>
    public IDisposable Announce(SystemAddresses addresses)
    {
        Directory.CreateDirectory(folder);
        using var self = Process.GetCurrentProcess();
        var path = Path.Combine(folder, self.Id.ToString(CultureInfo.InvariantCulture) + ".json");
        var temporary = path + ".new";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(new(self.Id, self.StartTime.ToUniversalTime(), addresses), OperationsJson.Default.RunningSystem));
        File.Move(temporary, path, overwrite: true); // whole or not at all
        return new Announcement(path);
    }

    /// <summary>The systems that run now, the one that was started last first.</summary>
    public IReadOnlyList<RunningSystem> Find()
    {
        if (!Directory.Exists(folder)) return [];
        return [.. Directory.EnumerateFiles(folder, "*.json").Select(Read).OfType<RunningSystem>().Where(Runs).OrderByDescending(system => system.StartedAt)];
    }

    private static RunningSystem? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), OperationsJson.Default.RunningSystem);
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return null; // taken away at this moment, or not one of ours
        }
    }

    private static bool Runs(RunningSystem system)
    {
        try
        {
            using var process = Process.GetProcessById(system.ProcessId);
            return (process.StartTime.ToUniversalTime() - system.StartedAt.UtcDateTime).Duration() < StartTolerance;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return false; // there is no such process, or no more
        }
    }

    private sealed class Announcement(string path) : IDisposable
    {
        public void Dispose() => File.Delete(path);
    }
}
