using System.Reflection;

namespace NotifyQuery.Benchmarks;

/// <summary>The repository from which this was built, and how.</summary>
internal static class Repository
{
    public static string Folder { get; } =
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "RepositoryRoot").Value!;

    /// <summary><c>Release</c>, unless somebody forgot.</summary>
    public static string Configuration { get; } = typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    public static string PathOf(params ReadOnlySpan<string> relative) => Path.Combine([Folder, .. relative]);

    /// <summary>What was built of a project of the solution, e.g. <c>NotifyQuery.AppHost.dll</c>.</summary>
    public static string Built(string project) => PathOf(project, "bin", Configuration, "net10.0", project + ".dll");
}
