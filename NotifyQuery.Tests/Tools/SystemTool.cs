using System.Text.Json;
using Aspire.Hosting.Testing;
using NotifyQuery.Tests.Distributed;

namespace NotifyQuery.Tests.Tools;

/// <summary>The operator's command line on a running system.</summary>
internal sealed class SystemTool(RunningSystem system)
{
    public string Endpoint => system.DynamoDB.Config.ServiceURL;

    public string[] Api(string command) =>
        [command, "--handler", system.Handler.BaseAddress!.ToString(), "--gateway", system.Gateway.BaseAddress!.ToString()];

    public string[] Parts(string command) => [.. Api(command), "--event-source", system.App.GetEndpoint("event-source", "http").ToString()];

    public Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync([.. arguments, "--endpoint", Endpoint]);

    public async Task<JsonElement> RunJsonAsync(int exitCode, params string[] arguments)
    {
        var result = await RunAsync([.. arguments, "--json"]);
        Assert.True(result.ExitCode == exitCode, string.Join('\n', [.. result.Output, .. result.Errors]));
        return JsonDocument.Parse(string.Join('\n', result.Output)).RootElement;
    }
}
