using NotifyQuery.Tests.Reconciliation;

namespace NotifyQuery.Tests.Tools;

/// <summary>The operator's command line on the tables of a pipeline, and what it must have answered.</summary>
internal static class PipelineTool
{
    public static Dictionary<string, string> EnvironmentOf(Pipeline pipeline) =>
        new() { ["AWS_ACCESS_KEY_ID"] = pipeline.Tables.Space.GetCredentials().AccessKey };

    public static Task<ToolResult> RunAsync(Pipeline pipeline, params string[] arguments) =>
        Tool.RunAsync(EnvironmentOf(pipeline), [.. arguments, "--endpoint", pipeline.Tables.Client.Config.ServiceURL]);

    public static void AssertResult(ToolResult result, int exitCode, string[] output)
    {
        Assert.Equal(output, result.Output);
        Assert.Equal((exitCode, 0), (result.ExitCode, result.Errors.Count));
    }
}
