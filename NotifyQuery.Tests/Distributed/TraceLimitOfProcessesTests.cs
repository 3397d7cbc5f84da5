using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace NotifyQuery.Tests.Distributed;

/// <summary>The model of the AppHost: what the setting of the trace limit does to it. Nothing is started.</summary>
public sealed class TraceLimitOfProcessesTests
{
    [Theory]
    [InlineData("", "20")]
    [InlineData("7", "7")]
    [InlineData("0", null)]
    public async Task Every_process_gets_the_limit_in_its_environment_and_none_with_0(string setting, string? expected)
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.NotifyQuery_AppHost>(
            [
                "--NotifyQuery:Backend=dynamodb-local",
                "--NotifyQuery:NextTable=notification-records-2",
                $"--NotifyQuery:TracesPerSecond={setting}",
            ],
            TestContext.Current.CancellationToken
        );

        var processes = builder.Resources.OfType<ProjectResource>().ToList();
        Assert.Contains(processes, process => process.Name == "Query");
        foreach (var process in processes)
            Assert.Equal((process.Name, expected), (process.Name, await LimitOfAsync(process, builder.ExecutionContext)));
    }

    private static async Task<string?> LimitOfAsync(ProjectResource process, DistributedApplicationExecutionContext execution)
    {
        var environment = new Dictionary<string, object>();
        foreach (var callback in process.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await callback.Callback(new(execution, process, environment, TestContext.Current.CancellationToken));
        return environment.GetValueOrDefault("Telemetry__TracesPerSecond") as string;
    }
}
