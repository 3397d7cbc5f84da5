namespace Aspire.Hosting.AWS.Lambda;

/// <summary>The command line of the Lambda test tool, a .NET tool that serves as both emulators.</summary>
internal static class LambdaTestTool
{
    public const string Command = "dotnet";

    public static IResourceBuilder<T> WithLambdaTestTool<T>(this IResourceBuilder<T> builder, params string[] options)
        where T : ExecutableResource =>
        builder.WithArgs(["lambda-test-tool", "start", "--no-launch-window", .. options]).WithEnvironment("ASPIRE_HOSTED", "true");
}
