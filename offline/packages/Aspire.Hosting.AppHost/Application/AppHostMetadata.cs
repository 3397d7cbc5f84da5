using System.Reflection;

namespace Aspire.Hosting;

/// <summary>What the build wrote into assemblies (AssemblyMetadata attributes; keys are compared without case).</summary>
internal static class AppHostMetadata
{
    private const string ProjectOutputPrefix = "aspireprojectoutput:";

    public static string? ProjectDirectory(Assembly? appHost) => Read(appHost, "apphostprojectpath");

    public static string? ProjectFileName(Assembly? appHost) => Read(appHost, "apphostprojectname");

    /// <summary>The built assembly of a project that the AppHost references, when the build recorded it.</summary>
    public static string? ProjectOutput(Assembly assembly, string projectPath) => Read(assembly, ProjectOutputPrefix + projectPath);

    public static string OrchestrationPath => Read(typeof(AppHostMetadata).Assembly, "orchestrationpath")
        ?? throw new DistributedApplicationException("The build did not record where the orchestration process is: rebuild the solution.");

    public static string DashboardPath => Read(typeof(AppHostMetadata).Assembly, "dashboardpath")
        ?? throw new DistributedApplicationException("The build did not record where the dashboard is: rebuild the solution.");

    private static string? Read(Assembly? assembly, string key) => assembly?.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(attribute => string.Equals(attribute.Key, key, StringComparison.OrdinalIgnoreCase))?.Value;
}
