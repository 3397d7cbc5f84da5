using System.Reflection;

namespace NotifyQuery.Benchmarks;

/// <summary>The repository from which this program was built, and the build configuration.</summary>
internal static class Repository
{
    public static string Folder { get; } =
        typeof(Repository)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(metadata => metadata.Key == "RepositoryRoot")
            .Value!;

    /// <summary><c>Release</c>, unless <c>-c Release</c> was forgotten.</summary>
    public static string Configuration { get; } =
        typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    public static string PathOf(params ReadOnlySpan<string> relative) => Path.Combine([Folder, .. relative]);

    /// <summary>The build output of a project of the solution, e.g. <c>NotifyQuery.AppHost.dll</c>.</summary>
    public static string Built(string project) => PathOf(project, "bin", Configuration, "net10.0", project + ".dll");
}
