using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace NotifyQuery.AppHost.Backends;

/// <summary>The engines that can serve DynamoDB.</summary>
internal enum BackendKind
{
    /// <summary>A LocalStack container.</summary>
    LocalStack,

    /// <summary>AWS's own DynamoDB Local, as a child process.</summary>
    DynamoDBLocal,

    /// <summary>An AWS account.</summary>
    Aws,
}

/// <summary>Chooses the engine before the model is built, because a model with a container in it needs a container runtime.</summary>
internal static partial class BackendChoice
{
    private const int OldestJava = 11;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PullPatience = TimeSpan.FromMinutes(15);

    /// <summary>The engine for a value of <c>NotifyQuery:Backend</c>, and the container runtime that runs it.</summary>
    /// <param name="value">The value.</param>
    /// <param name="runtime">The container runtime that Aspire was told to use, by any of its settings.</param>
    /// <param name="appHostDirectory">The folder of the AppHost's project.</param>
    /// <exception cref="SettingsException">The value is none, or the machine lacks what the engine needs.</exception>
    public static (BackendKind Kind, string? ContainerRuntime) Choose(string? value, string? runtime, string appHostDirectory)
    {
        switch (value)
        {
            case "aws":
                return (BackendKind.Aws, null);
            case "localstack":
                if (Answering(runtime) is not { } chosen)
                    throw new SettingsException("NotifyQuery:Backend is localstack, but neither Docker nor Podman answers: start one, or use --NotifyQuery:Backend=dynamodb-local.");
                return (BackendKind.LocalStack, chosen);
            case "dynamodb-local":
                RequireDynamoDBLocal(appHostDirectory);
                return (BackendKind.DynamoDBLocal, null);
            case null or "" or "auto":
                if (Answering(runtime) is { } found)
                {
                    if (HasImage(found) || TryPull(found)) return (BackendKind.LocalStack, found);
                    Console.WriteLine($"{LocalStack.Image}:{LocalStack.Tag} cannot be had from {found}: DynamoDB Local serves the tables instead.");
                }

                RequireDynamoDBLocal(appHostDirectory);
                return (BackendKind.DynamoDBLocal, null);
            default:
                throw new SettingsException($"NotifyQuery:Backend is '{value}': it must be auto, localstack, dynamodb-local or aws.");
        }
    }

    /// <summary>The name of the container that publishes a port of this machine; null if none does.</summary>
    public static string? ContainerOn(string runtime, int port) =>
        Run(runtime, Patience, "ps", "--filter", string.Create(CultureInfo.InvariantCulture, $"publish={port}"), "--format", "{{.Names}}") is { ExitCode: 0 } found
            && found.Output.Trim() is { Length: > 0 } names ? names.Split('\n')[0].Trim() : null;

    private static void RequireDynamoDBLocal(string appHostDirectory)
    {
        if (Run("java", Patience, "-version") is not { ExitCode: 0 } java || JavaVersion(java.Output) < OldestJava)
            throw new SettingsException($"Java {OldestJava}+ not found: install a JRE, or start Docker to use LocalStack.");
        if (!DynamoDBLocal.IsInstalled(appHostDirectory) && Run("npm", Patience, "--version") is not { ExitCode: 0 })
            throw new SettingsException("npm not found: install Node.js with npm, from which DynamoDB Local is fetched once, or start Docker to use LocalStack.");
    }

    /// <summary>Reads <c>version "17.0.15"</c>, or <c>"1.8.0_292"</c> of the old scheme.</summary>
    private static int JavaVersion(string output) =>
        JavaVersionPattern().Match(output) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex("""version "(\d+)""")]
    private static partial Regex JavaVersionPattern();

    private static string? Answering(string? runtime) =>
        (string.IsNullOrEmpty(runtime) ? ["docker", "podman"] : (string[])[runtime]).FirstOrDefault(it => Run(it, Patience, "ps", "--quiet") is { ExitCode: 0 });

    private static bool HasImage(string runtime) => Run(runtime, Patience, "image", "inspect", $"{LocalStack.Image}:{LocalStack.Tag}") is { ExitCode: 0 };

    private static bool TryPull(string runtime)
    {
        // Not redirected: the runtime shows the progress of the download itself.
        Console.WriteLine($"Fetching {LocalStack.Image}:{LocalStack.Tag} …");
        using var pull = Process.Start(new ProcessStartInfo(runtime, ["pull", $"{LocalStack.Image}:{LocalStack.Tag}"]));
        if (pull is null) return false;
        if (pull.WaitForExit(PullPatience)) return pull.ExitCode == 0;
        pull.Kill(entireProcessTree: true);
        return false;
    }

    /// <summary>Runs a short command; null if there is no such command, or if it does not end in time.</summary>
    private static (int ExitCode, string Output)? Run(string command, TimeSpan patience, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
            if (process is null) return null;
            var output = new StringBuilder();
            process.OutputDataReceived += Collect;
            process.ErrorDataReceived += Collect;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (!process.WaitForExit(patience))
            {
                process.Kill(entireProcessTree: true);
                return null;
            }

            process.WaitForExit(); // for what it printed last
            return (process.ExitCode, output.ToString());

            void Collect(object sender, DataReceivedEventArgs line)
            {
                lock (output) output.AppendLine(line.Data);
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // not installed
        }
    }
}
