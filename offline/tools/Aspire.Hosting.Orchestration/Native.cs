using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Aspire.Hosting.Orchestration;

/// <summary>The few calls that the base library does not offer.</summary>
internal static partial class Native
{
    private const int SigTerm = 15;
    private const int SigKill = 9;

    /// <summary>A session of its own: Ctrl-C in the AppHost's terminal reaches neither this process nor the children.</summary>
    public static void LeaveTerminal()
    {
        // It fails only for the leader of a process group, which a process started by another program is not.
        if (!OperatingSystem.IsWindows())
            _ = SetSid();
    }

    public static void Terminate(int processId)
    {
        if (OperatingSystem.IsWindows())
            KillTree(processId);
        else
            _ = SendSignal(processId, SigTerm);
    }

    public static void Kill(int processId)
    {
        if (OperatingSystem.IsWindows())
            KillTree(processId);
        else
            _ = SendSignal(processId, SigKill);
    }

    private static void KillTree(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // It is gone already.
        }
    }

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int SetSid();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);
}
