using System.Reflection;
using Aspire.Hosting.Orchestration;

namespace Aspire.Hosting.AWS.Lambda;

/// <summary>The emulators' program (counterparts/tools/Amazon.Lambda.TestTool) in the build output.</summary>
internal static class TestTool
{
    public static string Command => DotNetHost.Path;

    public static IResourceBuilder<T> WithTestTool<T>(this IResourceBuilder<T> builder, params string[] options)
        where T : ExecutableResource =>
        builder.WithArgs([Path(), "start", "--no-launch-window", .. options]).WithEnvironment("ASPIRE_HOSTED", "true");

    private static string Path()
    {
        var path = typeof(TestTool)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(a => a.Key == "lambdatesttoolpath")
            ?.Value;
        return File.Exists(path)
            ? path
            : throw new DistributedApplicationException(
                $"The Lambda emulator is not built: '{path}' does not exist. Rebuild the solution."
            );
    }
}
