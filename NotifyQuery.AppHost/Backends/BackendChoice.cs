using System.Diagnostics;
using System.Globalization;

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

/// <summary>Chooses the engine before the application model is built: a model with a container needs a container runtime.</summary>
internal static class BackendChoice
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PullTimeout = TimeSpan.FromMinutes(15);

    /// <summary>An engine and the command that runs it.</summary>
    /// <param name="Kind">The engine.</param>
    /// <param name="ContainerRuntime">The command of the container runtime that runs LocalStack.</param>
    /// <param name="Java">The command of the Java that runs DynamoDB Local.</param>
    public sealed record Choice(BackendKind Kind, string? ContainerRuntime = null, string? Java = null);

    /// <summary>The engine for a value of <c>NotifyQuery:Backend</c>.</summary>
    /// <param name="value">The value.</param>
    /// <param name="runtime">The container runtime that Aspire's settings select.</param>
    /// <param name="appHostDirectory">The folder of the AppHost's project.</param>
    /// <exception cref="SettingsException">The value is unknown, or the machine lacks something that the engine needs.</exception>
    public static Choice Choose(string? value, string? runtime, string appHostDirectory)
    {
        switch (value)
        {
            case "aws":
                return new(BackendKind.Aws);
            case "localstack":
                if (Answering(runtime) is not { } chosen)
                    throw new SettingsException(
                        "NotifyQuery:Backend is localstack, but neither Docker nor Podman responds: start one, or use "
                            + "--NotifyQuery:Backend=dynamodb-local."
                    );
                return new(BackendKind.LocalStack, ContainerRuntime: chosen);
            case "dynamodb-local":
                return LocalDynamoDB(appHostDirectory);
            case null or "" or "auto":
                if (Answering(runtime) is { } found)
                {
                    if (HasImage(found) || TryPull(found))
                        return new(BackendKind.LocalStack, ContainerRuntime: found);
                    Console.WriteLine(
                        $"{LocalStack.Image}:{LocalStack.Tag} is not available from {found}: DynamoDB Local serves the tables instead."
                    );
                }

                return LocalDynamoDB(appHostDirectory);
            default:
                throw new SettingsException($"NotifyQuery:Backend is '{value}': it must be auto, localstack, dynamodb-local or aws.");
        }
    }

    /// <summary>The name of the container that publishes a port of this machine; null if none does.</summary>
    public static string? ContainerOn(string runtime, int port) =>
        CommandLine.Run(
            runtime,
            Timeout,
            "ps",
            "--filter",
            string.Create(CultureInfo.InvariantCulture, $"publish={port}"),
            "--format",
            "{{.Names}}"
        )
            is { ExitCode: 0 } found
        && found.Output.Trim() is { Length: > 0 } names
            ? names.Split('\n')[0].Trim()
            : null;

    private static Choice LocalDynamoDB(string appHostDirectory)
    {
        var java = Java.Find();
        if (!DynamoDBLocal.IsInstalled(appHostDirectory) && CommandLine.Run(DynamoDBLocal.Npm, Timeout, "--version") is not { ExitCode: 0 })
            throw new SettingsException(
                "npm not found: install Node.js with npm, which downloads DynamoDB Local once, or start Docker to use LocalStack."
            );
        return new(BackendKind.DynamoDBLocal, Java: java);
    }

    private static string? Answering(string? runtime) =>
        (string.IsNullOrEmpty(runtime) ? ["docker", "podman"] : (string[])[runtime]).FirstOrDefault(it =>
            CommandLine.Run(it, Timeout, "ps", "--quiet") is { ExitCode: 0 }
        );

    private static bool HasImage(string runtime) =>
        CommandLine.Run(runtime, Timeout, "image", "inspect", $"{LocalStack.Image}:{LocalStack.Tag}") is { ExitCode: 0 };

    private static bool TryPull(string runtime)
    {
        // Not redirected: the runtime shows the download progress itself.
        Console.WriteLine($"Downloading {LocalStack.Image}:{LocalStack.Tag} …");
        using var pull = Process.Start(new ProcessStartInfo(runtime, ["pull", $"{LocalStack.Image}:{LocalStack.Tag}"]));
        if (pull is null)
            return false;
        if (pull.WaitForExit(PullTimeout))
            return pull.ExitCode == 0;
        pull.Kill(entireProcessTree: true);
        return false;
    }
}
