using System.Globalization;
using NotifyQuery.AppHost.Backends;

namespace NotifyQuery.AppHost;

/// <summary>
/// The requirements of Aspire and its orchestrator on the machine. If one is not met, they fail minutes later, with a stack trace that does
/// not name the cause.
/// </summary>
internal static class MachineCheck
{
    private const int LeastOpenFiles = 1024;
    private const int LeastTemporaryBytes = 4 * 1024 * 1024; // certificates and logs of all resources
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Throws if the system cannot start on this machine.</summary>
    /// <exception cref="SettingsException">A requirement is not met. The message names it and the fix.</exception>
    public static void Verify()
    {
        // The orchestrator reads only HOME; .NET has fallbacks.
        if (!OperatingSystem.IsWindows())
            VerifyHome(Environment.GetEnvironmentVariable("HOME") ?? "");
        VerifyTemporaryFolder(Path.GetTempPath());
        if (!OperatingSystem.IsWindows())
            VerifyOpenFiles(CommandLine.Run("sh", Timeout, "-c", "ulimit -n")?.Output.Trim());
    }

    internal static void VerifyHome(string home)
    {
        if (home.Length == 0)
            throw new SettingsException(
                "There is no home folder, where Aspire keeps its sockets: set HOME to a folder that you can write to."
            );
        if (CannotWrite(home, bytes: 1) is { } reason)
            throw new SettingsException(
                $"The home folder, where Aspire keeps its sockets, cannot be written to ({reason}): set HOME to a folder that you can "
                    + $"write to."
            );
    }

    internal static void VerifyTemporaryFolder(string folder)
    {
        if (CannotWrite(folder, LeastTemporaryBytes) is { } reason)
            throw new SettingsException(
                $"The folder for temporary files cannot be written to ({reason}): free space there, or set "
                    + $"{(OperatingSystem.IsWindows() ? "TEMP" : "TMPDIR")} to another folder."
            );
    }

    /// <param name="limit">The maximum number of open files of a process: a number, or <c>unlimited</c>; null if it is not known.</param>
    internal static void VerifyOpenFiles(string? limit)
    {
        if (int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var files) && files < LeastOpenFiles)
            throw new SettingsException(
                $"A process may have {limit} files open here, and the AppHost needs {LeastOpenFiles}: raise the limit with 'ulimit -n "
                    + $"{LeastOpenFiles}'."
            );
    }

    /// <summary>Why so many bytes cannot be written to a folder; null if they can.</summary>
    private static string? CannotWrite(string folder, int bytes)
    {
        var file = Path.Combine(folder, $".notifyquery-{Guid.NewGuid():N}");
        try
        {
            File.WriteAllBytes(file, new byte[bytes]);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message.TrimEnd('.');
        }
        finally
        {
            if (File.Exists(file))
                File.Delete(file);
        }
    }
}
