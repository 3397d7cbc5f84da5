using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;

namespace NotifyQuery.AppHost;

/// <summary>How the orchestrator starts the processes of the system, and how callers connect to them.</summary>
internal static class ProcessModel
{
    private const string BuiltProjectKey = "built-project:";
    private const string OtlpRetry = "OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY";

    private static readonly string? DotNetRoot = FindDotNetRoot();

    /// <summary>
    /// Starts each project from its build output, and without a proxy in front of it.
    /// <para>
    /// From its build output, because the AppHost's build has built it. With <c>dotnet run</c>, Aspire's default, the project would be a
    /// child process: it would start seconds later, need twice the memory, and never receive the orchestrator's SIGTERM. An IDE that debugs
    /// the projects, and <c>dotnet watch</c>, still start them their own way.
    /// </para>
    /// <para>
    /// Without a proxy, a killed process comes back at the same address, and until then a call is refused at once. The orchestrator's proxy
    /// accepts the call, and may not find the new process for minutes.
    /// </para>
    /// </summary>
    public static void UseDirectProcesses(this IDistributedApplicationBuilder builder) =>
        builder.Eventing.Subscribe<BeforeStartEvent>(
            (start, _) =>
            {
                var runsOutputs =
                    string.IsNullOrEmpty(builder.Configuration["DEBUG_SESSION_PORT"])
                    && !builder.Configuration.GetValue("DOTNET_WATCH", false);
                foreach (var resource in start.Model.Resources)
                {
                    foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
                        endpoint.IsProxied = false;
                    if (resource is not ProjectResource project)
                        continue;

                    // The receiver is on this machine, and either running or not. Retries would only delay the stop of every process by
                    // seconds.
                    resource.Annotations.Add(new EnvironmentCallbackAnnotation(context => context.EnvironmentVariables.Remove(OtlpRetry)));
                    if (!runsOutputs)
                        continue;

                    var projectFile = project.GetProjectMetadata().ProjectPath;
                    if (OutputOf(projectFile) is not { } executable)
                        continue;
                    resource.Annotations.Add(
                        new ExecutableAnnotation { Command = executable, WorkingDirectory = Path.GetDirectoryName(projectFile)! }
                    );
                    builder.CreateResourceBuilder(project).WithDotNetOfThisProcess();
                }

                return Task.CompletedTask;
            }
        );

    /// <summary>
    /// Lets <c>dotnet</c> find the user's .NET tools, such as the Lambda test tool. Only a login shell adds their folder to the PATH. If
    /// <c>dotnet</c> does not find the tool, the process ends with exit code 1 and no message.
    /// </summary>
    public static IResourceBuilder<T> WithToolsOnPath<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEnvironment
    {
        var home = Environment.GetEnvironmentVariable("DOTNET_CLI_HOME") is { Length: > 0 } given
            ? given
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return builder.WithEnvironment("PATH", string.Join(Path.PathSeparator, [path, Path.Combine(home, ".dotnet", "tools")]));
    }

    /// <summary>The executable of a project, recorded at the AppHost's build; null if there is none.</summary>
    public static string? OutputOf(string projectFile)
    {
        var assembly = typeof(ProcessModel)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(it => it.Key == BuiltProjectKey + projectFile)
            ?.Value;
        if (assembly is null)
            return null;
        var executable = Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null);
        return File.Exists(executable) ? executable : null;
    }

    /// <summary>
    /// Lets an executable find the .NET runtime that runs this process. Without DOTNET_ROOT, it finds .NET only in the default places.
    /// </summary>
    public static IResourceBuilder<T> WithDotNetOfThisProcess<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEnvironment =>
        DotNetRoot is { } root ? builder.WithEnvironment(context => context.EnvironmentVariables.TryAdd("DOTNET_ROOT", root)) : builder;

    private static string? FindDotNetRoot()
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("DOTNET_ROOT")))
            return null;
        // …/shared/Microsoft.NETCore.App/<version>/
        return new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory()).Parent?.Parent?.Parent?.FullName;
    }
}
