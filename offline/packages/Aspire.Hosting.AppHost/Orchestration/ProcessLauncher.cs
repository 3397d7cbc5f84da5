using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Orchestration;

/// <summary>Starts projects and executables.</summary>
internal sealed class ProcessLauncher(OrchestrationProcess orchestration, IConfiguration configuration, DistributedApplicationOptions options)
{
    public async Task<ResourceRun> StartAsync(IResource resource, ResourceConfiguration configured, Action<string, bool> printed,
        CancellationToken cancellationToken)
    {
        var spec = resource is ExecutableResource executable
            ? new ProcessSpec(executable.Command, configured.Arguments, executable.WorkingDirectory, configured.Environment)
            : Project((ProjectResource)resource, configured);
        var process = await orchestration.StartAsync(spec, printed, cancellationToken).ConfigureAwait(false);
        var processId = await process.Started.ConfigureAwait(false);
        return new ProcessRun(process)
        {
            Configuration = configured,
            Properties =
            [
                new("executable.path", spec.File),
                new("executable.workDir", spec.Directory),
                new("executable.args", spec.Arguments) { IsSensitive = true },
                new("executable.pid", processId),
                .. resource is ProjectResource project ? [new ResourcePropertySnapshot("project.path", project.GetProjectMetadata().ProjectPath)] : Array.Empty<ResourcePropertySnapshot>(),
            ],
        };
    }

    /// <summary>
    /// A project that was built along with the AppHost is started from what was built: one process instead of two, and no evaluation of
    /// the project. Any other is left to <c>dotnet run</c>.
    /// </summary>
    private ProcessSpec Project(ProjectResource project, ResourceConfiguration configured)
    {
        var metadata = project.GetProjectMetadata();
        var directory = Path.GetDirectoryName(metadata.ProjectPath)!;
        List<string> given =
        [
            .. LaunchProfiles.Effective(project, configuration)?.Profile.CommandLineArgs is { } line ? LaunchProfiles.Arguments(line) : [],
            .. configured.Arguments,
        ];
        var built = AppHostMetadata.ProjectOutput(metadata.GetType().Assembly, metadata.ProjectPath)
            ?? AppHostMetadata.ProjectOutput(options.Assembly ?? metadata.GetType().Assembly, metadata.ProjectPath);
        if (built is not null && File.Exists(built) && File.Exists(Path.ChangeExtension(built, ".runtimeconfig.json")))
            return new(DotNetHost.Path, [built, .. given], directory, configured.Environment);

        List<string> run = ["run", "--project", metadata.ProjectPath];
        if (metadata.SuppressBuild)
            run.Add("--no-build");
        if (options.Assembly?.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration is { Length: > 0 } build)
            run.AddRange(["--configuration", build]);
        run.Add("--no-launch-profile");
        if (given.Count > 0)
            run.AddRange(["--", .. given]);
        return new(DotNetHost.Path, run, directory, configured.Environment);
    }
}
