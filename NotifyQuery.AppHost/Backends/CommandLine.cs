using System.Diagnostics;
using System.Text;

namespace NotifyQuery.AppHost.Backends;

/// <summary>Runs short commands to find out what is installed on a machine.</summary>
internal static class CommandLine
{
    /// <summary>How a command ended.</summary>
    /// <param name="ExitCode">The exit code of the command.</param>
    /// <param name="Output">The command's output, from both streams.</param>
    public readonly record struct Result(int ExitCode, string Output);

    /// <summary>Runs a command and reads its output; null if the command does not exist or does not end in time.</summary>
    public static Result? Run(string command, TimeSpan timeout, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
            );
            if (process is null)
                return null;
            var output = new StringBuilder();
            process.OutputDataReceived += Collect;
            process.ErrorDataReceived += Collect;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (!process.WaitForExit(timeout))
            {
                process.Kill(entireProcessTree: true);
                return null;
            }

            process.WaitForExit(); // to receive the last output
            return new(process.ExitCode, output.ToString());

            void Collect(object sender, DataReceivedEventArgs line)
            {
                lock (output)
                    output.AppendLine(line.Data);
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // not installed, or not executable
        }
    }
}
