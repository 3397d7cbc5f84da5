using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace NotifyQuery.Operations;

/// <summary>The addresses of the parts of a system; null for a part that does not exist.</summary>
public sealed record SystemAddresses
{
    /// <summary>DynamoDB; null for an AWS account.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The API Gateway.</summary>
    public string? Gateway { get; init; }

    /// <summary>The Handler, without the gateway.</summary>
    public string? Handler { get; init; }

    /// <summary>The local event source.</summary>
    public string? EventSource { get; init; }

    /// <summary>
    /// How many concurrent requests the emulators can serve before callers time out; null if there is no known limit. AWS's own Lambda test
    /// tool runs one invocation of a function at a time.
    /// </summary>
    public int? RequestsAtOnce { get; init; }

    /// <summary>The file that lists the query tables; null if there is only the declared table.</summary>
    public string? QueryTables { get; init; }
}

/// <summary>A system that an AppHost runs on this machine, in the form in which the AppHost announces it.</summary>
/// <param name="ProcessId">The process id of the AppHost.</param>
/// <param name="StartedAt">The start time of that process: the id may have been reused since.</param>
/// <param name="Addresses">The addresses of its parts.</param>
public sealed record RunningSystem(int ProcessId, DateTimeOffset StartedAt, SystemAddresses Addresses);

/// <summary>
/// How a tool finds the systems that run on this machine. Each AppHost writes a small file to a folder of the user, and deletes it when it
/// stops. The file of a killed AppHost remains; tools ignore it, because the process no longer exists.
/// </summary>
/// <param name="folder">
/// The folder; null if there is none. Nobody else may have write access, because a tool sends its token to the addresses in these files.
/// </param>
public sealed class RunningSystems(string? folder)
{
    // Two readings of the start time of a process may differ by some ticks.
    private static readonly TimeSpan StartTolerance = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The systems of the user who runs this process; none if the user has no home folder, because all other folders are shared.
    /// </summary>
    public static RunningSystems OfUser { get; } =
        new(
            FolderOf(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify))
        );

    /// <summary>The folder within the user's data folder; null if the user has none.</summary>
    internal static string? FolderOf(string data) => data.Length == 0 ? null : Path.Combine(data, "notifyquery", "running");

    /// <summary>Announces that this process runs a system, until the returned object is disposed.</summary>
    /// <exception cref="IOException">There is no folder for the announcement, or it is not writable.</exception>
    public IDisposable Announce(SystemAddresses addresses)
    {
        if (folder is null)
            throw new IOException(
                "the user has no folder of their own (HOME is not set), and anyone could write other addresses to a shared one"
            );
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var self = Process.GetCurrentProcess();
        var path = Path.Combine(folder, self.Id.ToString(CultureInfo.InvariantCulture) + ".json");
        var temporary = path + ".new";
        File.WriteAllBytes(
            temporary,
            JsonSerializer.SerializeToUtf8Bytes(
                new(self.Id, self.StartTime.ToUniversalTime(), addresses),
                OperationsJson.Default.RunningSystem
            )
        );
        File.Move(temporary, path, overwrite: true); // atomic
        return new Announcement(path);
    }

    /// <summary>The systems that run now, the most recently started first.</summary>
    public IReadOnlyList<RunningSystem> Find()
    {
        if (folder is null || !Directory.Exists(folder))
            return [];
        return
        [
            .. Directory
                .EnumerateFiles(folder, "*.json")
                .Select(Read)
                .OfType<RunningSystem>()
                .Where(Runs)
                .OrderByDescending(system => system.StartedAt),
        ];
    }

    private static RunningSystem? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), OperationsJson.Default.RunningSystem);
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return null; // deleted at this moment, or not such a file
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
            return false; // there is no such process (any more)
        }
    }

    private sealed class Announcement(string path) : IDisposable
    {
        public void Dispose() => File.Delete(path);
    }
}
