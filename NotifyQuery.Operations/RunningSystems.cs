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

    /// <summary>
    /// How many requests its emulators answer at once without callers that time out; null when nothing is known to limit them. AWS's own
    /// Lambda test tool runs one invocation of a function at a time.
    /// </summary>
    public int? RequestsAtOnce { get; init; }

    /// <summary>The file that says which query tables it has; null where there is only the declared one.</summary>
    public string? QueryTables { get; init; }
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
/// <param name="folder">The folder, which nobody else may write to: a tool sends its token to the addresses that it finds there. Null when there is none.</param>
public sealed class RunningSystems(string? folder)
{
    // The kernel's clock and ours may read a process's start apart by some ticks.
    private static readonly TimeSpan StartTolerance = TimeSpan.FromSeconds(2);

    /// <summary>The systems of the user who runs this process; none where the user has no folder, for all others are shared.</summary>
    public static RunningSystems OfUser { get; } = new(FolderOf(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify)));

    /// <summary>The folder within a user's own; null when the user has none.</summary>
    internal static string? FolderOf(string data) => data.Length == 0 ? null : Path.Combine(data, "notifyquery", "running");

    /// <summary>Says that this process runs a system, until what is returned is disposed.</summary>
    /// <exception cref="IOException">It cannot be said: there is no folder for it, or it cannot be written to.</exception>
    public IDisposable Announce(SystemAddresses addresses)
    {
        if (folder is null) throw new IOException("the user has no folder of its own (HOME is not set), and in a shared one anybody could name other addresses");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
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
        if (folder is null || !Directory.Exists(folder)) return [];
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
