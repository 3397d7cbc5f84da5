using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.AWS.Lambda;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Distributed;

/// <summary>
/// A running system with a faulty hop before the Handler, the Lambda engine (as the Handler sees it) and the table (as QueryResult sees
/// it).
/// </summary>
public sealed class FaultySystem : IAsyncLifetime
{
    /// <summary>What the tests ask for.</summary>
    internal const string Query = "/query/user?user_id=zaphod";

    internal static readonly TimeSpan Attempt = TimeSpan.FromSeconds(6);

    public RunningSystem System { get; private set; } = null!;

    internal FaultyHop Handler { get; } = new();

    internal FaultyHop Lambda { get; } = new();

    internal FaultyHop Table { get; } = new();

    public async ValueTask InitializeAsync()
    {
        System = await RunningSystem.StartAsync(builder =>
        {
            builder
                .CreateResourceBuilder<ProjectResource>("handler")
                .WithEnvironment(async context =>
                {
                    Lambda.Target = new(await ValueAsync(context, "AWS_ENDPOINT_URL_LAMBDA"));
                    context.EnvironmentVariables["AWS_ENDPOINT_URL_LAMBDA"] = Lambda.Address;
                    context.EnvironmentVariables["QueryResult__TimeoutSeconds"] = "6.5";
                    context.EnvironmentVariables["QueryResult__AttemptSeconds"] = Attempt.TotalSeconds.ToString(
                        CultureInfo.InvariantCulture
                    );
                    context.EnvironmentVariables["QueryResult__BreakAfter"] = "80"; // more than the rows of the table need
                    context.EnvironmentVariables["QueryResult__BreakSeconds"] = "8";
                });
            builder
                .CreateResourceBuilder<LambdaProjectResource>("QueryResult")
                .WithEnvironment(async context =>
                {
                    Table.Target = new(
                        $"http://{await ValueAsync(context, "LocalStack__Config__LocalStackHost")}"
                            + $":{await ValueAsync(context, "LocalStack__Config__EdgePort")}"
                    );
                    context.EnvironmentVariables["LocalStack__Config__LocalStackHost"] = "127.0.0.1";
                    context.EnvironmentVariables["LocalStack__Config__EdgePort"] = Table.Port.ToString(CultureInfo.InvariantCulture);
                    context.EnvironmentVariables["Table__TimeoutSeconds"] = "5.5";
                    context.EnvironmentVariables["Table__AttemptSeconds"] = "5";
                });
            builder
                .CreateResourceBuilder<LambdaProjectResource>("Query")
                .WithEnvironment(async context =>
                {
                    Handler.Target = new(await ValueAsync(context, "Handler__BaseAddress"));
                    context.EnvironmentVariables["Handler__BaseAddress"] = Handler.Address;
                    context.EnvironmentVariables["Handler__TimeoutSeconds"] = "7.5";
                });
        });
    }

    /// <summary>The value that the AppHost gave the process.</summary>
    private static async Task<string> ValueAsync(EnvironmentCallbackContext context, string name) =>
        context.EnvironmentVariables[name] is IValueProvider provider
            ? (await provider.GetValueAsync(context.CancellationToken))!
            : context.EnvironmentVariables[name].ToString()!;

    /// <summary>All hops pass on again, and both ways answer.</summary>
    public async Task MendAsync()
    {
        Handler.Forward();
        Lambda.Forward();
        Table.Forward();
        await RunningSystem.EventuallyAsync(
            "both ways answer again",
            async () =>
                (await System.Handler.GetAsync(Query)).IsSuccessStatusCode && (await System.Gateway.GetAsync(Query)).IsSuccessStatusCode
        );
    }

    public async Task KillAsync(string resource)
    {
        var running = await System.App.ResourceNotifications.WaitForResourceAsync(
            resource,
            state =>
                state.Snapshot.State?.Text == KnownResourceStates.Running
                && state.Snapshot.Properties.Any(property => property.Name == "executable.pid"),
            TestContext.Current.CancellationToken
        );
        var pid = Convert.ToInt32(
            running.Snapshot.Properties.Single(property => property.Name == "executable.pid").Value,
            CultureInfo.InvariantCulture
        );
        using var process = Process.GetProcessById(pid);
        process.Kill(entireProcessTree: true);
    }

    public async ValueTask DisposeAsync()
    {
        await System.DisposeAsync();
        await Handler.DisposeAsync();
        await Lambda.DisposeAsync();
        await Table.DisposeAsync();
    }
}
