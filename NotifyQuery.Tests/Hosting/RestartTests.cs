using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.AppHost;

namespace NotifyQuery.Tests.Hosting;

/// <summary>Real processes, some of which end on purpose and some not.</summary>
public sealed class RestartTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource stop = new(Limit);
    private readonly ConcurrentDictionary<string, int> starts = new();
    private DistributedApplication app = null!;
    private IResource server = null!;
    private IResource witness = null!;

    private ResourceNotificationService Notifications => app.Services.GetRequiredService<ResourceNotificationService>();

    private ResourceCommandService Commands => app.Services.GetRequiredService<ResourceCommandService>();

    public async ValueTask InitializeAsync()
    {
        var builder = DistributedApplication.CreateBuilder(
            new DistributedApplicationOptions { AssemblyName = "NotifyQuery.AppHost", DisableDashboard = true }
        );
        server = Add("server");
        witness = Add("witness");
        app = builder.Build();
        await app.StartAsync(stop.Token);
        await RunsAsync(server, starts: 1);
        await RunsAsync(witness, starts: 1);

        IResource Add(string name) =>
            builder
                .AddExecutable(name, "sleep", ".", "1000")
                .WithRestart()
                .OnBeforeResourceStarted(
                    (resource, _, _) =>
                    {
                        starts.AddOrUpdate(resource.Name, 1, (_, count) => count + 1);
                        return Task.CompletedTask;
                    }
                )
                .Resource;
    }

    [Theory]
    [InlineData("-KILL")]
    [InlineData("-TERM")]
    public async Task A_killed_resource_is_restarted(string signal)
    {
        var killed = await KillAsync(server, signal);

        await RunsAsync(server, starts: 2);
        Assert.NotEqual(killed, ProcessOf(server));
    }

    [Fact]
    public async Task A_resource_that_is_stopped_on_purpose_stays_stopped_until_it_is_started_and_is_watched_again_then()
    {
        Assert.True((await Commands.ExecuteCommandAsync(server, KnownResourceCommands.StopCommand, stop.Token)).Success);
        await Notifications.WaitForResourceAsync(server.Name, KnownResourceStates.TerminalStates, stop.Token);
        // States are followed in order: once the witness runs again, whatever was to be done about the server was done before.
        await KillAsync(witness, "-KILL");
        await RunsAsync(witness, starts: 2);
        Assert.Equal(1, starts[server.Name]);

        Assert.True((await Commands.ExecuteCommandAsync(server, KnownResourceCommands.StartCommand, stop.Token)).Success);
        await RunsAsync(server, starts: 2);
        await KillAsync(server, "-KILL");
        await RunsAsync(server, starts: 3);
    }

    [Fact]
    public async Task A_resource_that_is_restarted_on_purpose_is_started_once()
    {
        Assert.True((await Commands.ExecuteCommandAsync(server, KnownResourceCommands.RestartCommand, stop.Token)).Success);
        await RunsAsync(server, starts: 2);
        await KillAsync(witness, "-KILL");
        await RunsAsync(witness, starts: 2);

        Assert.Equal(2, starts[server.Name]);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        stop.Dispose();
    }

    private Task RunsAsync(IResource resource, int starts) =>
        Notifications.WaitForResourceAsync(
            resource.Name,
            e => e.Snapshot.State?.Text == KnownResourceStates.Running && this.starts.GetValueOrDefault(resource.Name) == starts,
            stop.Token
        );

    private async Task<int> KillAsync(IResource resource, string signal)
    {
        var process = ProcessOf(resource);
        using var kill = Process.Start("kill", [signal, process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(stop.Token);
        Assert.Equal(0, kill.ExitCode);
        return process;
    }

    private int ProcessOf(IResource resource)
    {
        var states = Notifications.TryGetCurrentState(resource.Name, out var state) ? state : null;
        return Convert.ToInt32(
            states!.Snapshot.Properties.Single(property => property.Name == "executable.pid").Value,
            CultureInfo.InvariantCulture
        );
    }
}
