using System.Collections.Concurrent;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Offline.Tests.Hosting;

/// <summary>Small shell processes under the orchestrator.</summary>
public sealed class OrchestrationTests
{
    [Fact]
    public async Task Who_waits_for_completion_starts_after_it_with_variables_and_arguments_resolved()
    {
        var builder = TestApplication.CreateBuilder("--Parameters:secret=pass");
        var secret = builder.AddParameter("secret", secret: true);
        var install = builder.AddExecutable("install", "sh", ".", "-c", "sleep 0.3; date +%s%N");
        var server = builder.AddExecutable("server", "sh", ".", "-c", "date +%s%N; echo \"$SECRET|$URL|$PORT|$1\"", "sh")
            .WithHttpEndpoint(env: "PORT")
            .WithEnvironment("SECRET", secret)
            .WithEnvironment(context => context.EnvironmentVariables["URL"] = ((IResourceWithEndpoints)context.Resource).GetEndpoint("http"))
            .WithArgs(context => context.Args.Add(((IResourceWithEndpoints)context.Resource).GetEndpoint("http").Property(EndpointProperty.TargetPort)))
            .WaitForCompletion(install);
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);
        await app.ResourceNotifications.WaitForResourceAsync("server", KnownResourceStates.Finished, Wait.Limit);

        var port = server.GetEndpoint("http").Port;
        Assert.Contains($"pass|http://localhost:{port}|{port}|{port}", await app.LogOfAsync(server.Resource), StringComparison.Ordinal);
        var installed = FirstNumber(await app.LogOfAsync(install.Resource));
        Assert.True(FirstNumber(await app.LogOfAsync(server.Resource)) > installed);
        Assert.Equal(0, app.StateOf("install").ExitCode);
    }

    [Fact]
    public async Task A_command_that_does_not_exist_fails_its_resource_and_whoever_waits_for_it_but_not_the_application()
    {
        var builder = TestApplication.CreateBuilder(out var logs);
        var missing = builder.AddExecutable("missing", "no-such-command-anywhere", ".");
        var dependent = builder.AddExecutable("dependent", "sleep", ".", "1000").WaitFor(missing);
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);

        Assert.Equal(KnownResourceStates.FailedToStart, app.StateOf("missing").State?.Text);
        Assert.Equal(KnownResourceStates.FailedToStart, app.StateOf("dependent").State?.Text);
        Assert.Contains("no-such-command-anywhere", await app.LogOfAsync(missing.Resource), StringComparison.Ordinal);
        const string Sentence = "Resource 'dependent' stopped waiting for dependency resource 'missing' because it failed to start.";
        Assert.Contains(Sentence, await app.LogOfAsync(dependent.Resource), StringComparison.Ordinal);
        Assert.Contains(Sentence, logs.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_early_exit_is_reported_with_its_last_lines_and_ends_the_wait_for_it()
    {
        var builder = TestApplication.CreateBuilder(out var logs);
        var crash = builder.AddExecutable("crash", "sh", ".", "-c", "echo starting; echo 'no disk' >&2; exit 3")
            .WithHttpEndpoint().WithHttpHealthCheck();
        var dependent = builder.AddExecutable("dependent", "sleep", ".", "1000").WaitFor(crash);
        var other = builder.AddExecutable("other", "sleep", ".", "1000").WaitForCompletion(crash);
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);

        Assert.Equal((KnownResourceStates.Exited, 3), (app.StateOf("crash").State?.Text, app.StateOf("crash").ExitCode));
        Assert.Contains("'crash' ended with exit code 3", logs.ToString(), StringComparison.Ordinal);
        Assert.Contains("no disk", logs.ToString(), StringComparison.Ordinal);
        Assert.Contains("Resource 'dependent' stopped waiting for dependency resource 'crash' because it entered the 'Exited' state prematurely.",
            await app.LogOfAsync(dependent.Resource), StringComparison.Ordinal);
        Assert.Contains("because it entered the 'Exited' state with exit code '3', expected '0'.", await app.LogOfAsync(other.Resource), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_parameter_fails_only_what_uses_it()
    {
        var builder = TestApplication.CreateBuilder();
        var parameter = builder.AddParameter("token");
        var user = builder.AddExecutable("user", "sleep", ".", "1000").WithEnvironment("TOKEN", parameter);
        builder.AddExecutable("other", "sleep", ".", "1000");
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);

        Assert.Equal(KnownResourceStates.ValueMissing, app.StateOf("token").State?.Text);
        Assert.Equal(KnownResourceStates.FailedToStart, app.StateOf("user").State?.Text);
        Assert.Contains("'Parameters:token' is missing", await app.LogOfAsync(user.Resource), StringComparison.Ordinal);
        Assert.Equal(KnownResourceStates.Running, app.StateOf("other").State?.Text);
    }

    [Fact]
    public async Task Connection_strings_are_injected_with_their_properties()
    {
        var builder = TestApplication.CreateBuilder("--ConnectionStrings:db=Host=here");
        var database = builder.AddConnectionString("db");
        var composed = builder.AddConnectionString("composed", ReferenceExpression.Create($"{database};Extra=1"));
        var user = builder.AddExecutable("user", "sh", ".", "-c", "echo \"$ConnectionStrings__db|$ConnectionStrings__other\"")
            .WithReference(database)
            .WithReference(composed, "other");
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);
        await app.ResourceNotifications.WaitForResourceAsync("user", KnownResourceStates.Finished, Wait.Limit);

        Assert.Contains("Host=here|Host=here;Extra=1", await app.LogOfAsync(user.Resource), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_stop_and_restart_are_commands_and_a_restart_evaluates_the_variables_again()
    {
        var builder = TestApplication.CreateBuilder();
        var starts = 0;
        var tool = builder.AddExecutable("tool", "sh", ".", "-c", "echo \"start $NUMBER\"; exec sleep 1000")
            .WithEnvironment("NUMBER", () => (++starts).ToString(System.Globalization.CultureInfo.InvariantCulture))
            .WithExplicitStart();
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);
        Assert.Equal(KnownResourceStates.NotStarted, app.StateOf("tool").State?.Text);

        Assert.True((await app.ResourceCommands.ExecuteCommandAsync(tool.Resource, KnownResourceCommands.StartCommand, Wait.Limit)).Success);
        Assert.Equal(KnownResourceStates.Running, app.StateOf("tool").State?.Text);
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("tool", "resource-restart", Wait.Limit)).Success);
        Assert.Equal(KnownResourceStates.Running, app.StateOf("tool").State?.Text);
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync(tool.Resource, KnownResourceCommands.StopCommand, Wait.Limit)).Success);

        Assert.Equal((KnownResourceStates.Exited, 143), (app.StateOf("tool").State?.Text, app.StateOf("tool").ExitCode));
        Assert.Equal(2, starts);
        var log = await app.LogOfAsync(tool.Resource);
        Assert.Contains("start 1", log, StringComparison.Ordinal);
        Assert.Contains("start 2", log, StringComparison.Ordinal);
        Assert.False((await app.ResourceCommands.ExecuteCommandAsync(tool.Resource, "dance", Wait.Limit)).Success);
    }

    [Fact]
    public async Task A_command_of_the_users_gets_its_context_and_its_failure_is_its_result()
    {
        var builder = TestApplication.CreateBuilder();
        var tool = builder.AddExecutable("tool", "sleep", ".", "1000")
            .WithCommand("seed", "Seed", context => Task.FromResult(CommandResults.Success($"seeded {context.ResourceName[..5]}")))
            .WithCommand("fail", "Fail", _ => throw new InvalidOperationException("broken"));
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);

        Assert.Equal("seeded tool-", (await app.ResourceCommands.ExecuteCommandAsync(tool.Resource, "seed", Wait.Limit)).Message);
        var failed = await app.ResourceCommands.ExecuteCommandAsync(tool.Resource, "fail", Wait.Limit);
        Assert.Equal((false, "broken"), (failed.Success, failed.Message));
        Assert.Contains(app.StateOf("tool").Commands, command => command is { Name: "stop", State: ResourceCommandState.Enabled });
    }

    [Fact]
    public async Task What_still_waits_starts_at_once_when_a_person_starts_it()
    {
        var builder = TestApplication.CreateBuilder();
        var never = builder.AddExecutable("never", "sleep", ".", "1000").WithExplicitStart();
        var waiting = builder.AddExecutable("waiting", "sleep", ".", "1000").WaitFor(never);
        await using var app = builder.Build();
        var starting = app.StartAsync(Wait.Limit);
        await app.ResourceNotifications.WaitForResourceAsync("waiting", KnownResourceStates.Waiting, Wait.Limit);
        Assert.False(starting.IsCompleted);

        await app.ResourceCommands.ExecuteCommandAsync(waiting.Resource, KnownResourceCommands.StartCommand, Wait.Limit);

        await starting;
        Assert.Equal(KnownResourceStates.Running, app.StateOf("waiting").State?.Text);
    }

    [Fact]
    public async Task Events_come_in_the_documented_order_and_own_callbacks_run_before_the_wait()
    {
        var builder = TestApplication.CreateBuilder();
        var seen = new ConcurrentQueue<string>();
        builder.Services.AddSingleton(seen);
        builder.Services.AddEventingSubscriber<Subscriber>();
        builder.OnBeforeStart((_, _) => Note("BeforeStart"));
        var gate = new TaskCompletionSource();
        var custom = builder.AddResource(new Custom("custom"))
            .WithInitialState(new() { ResourceType = "Custom", Properties = [], State = KnownResourceStates.NotStarted })
            .OnInitializeResource(async (resource, start, cancellationToken) =>
            {
                await gate.Task.WaitAsync(cancellationToken);
                await start.Eventing.PublishAsync(new BeforeResourceStartedEvent(resource, start.Services), cancellationToken);
                await start.Notifications.PublishUpdateAsync(resource, snapshot => snapshot with { State = KnownResourceStates.Running });
            })
            .OnResourceReady((_, _, _) => Note("custom ready"));
        builder.AddExecutable("tool", "true", ".")
            .WithHttpEndpoint()
            .WaitFor(custom)
            .OnResourceEndpointsAllocated((_, _, _) => Note("tool endpoints"))
            .OnBeforeResourceStarted((_, _, _) =>
            {
                var noted = Note("tool before start");
                gate.SetResult(); // what waits for it goes on at once, on this thread or beside it
                return noted;
            })
            .OnResourceStopped((_, stopped, _) => Note($"tool stopped {stopped.ResourceEvent.Snapshot.ExitCode}"));
        builder.Eventing.Subscribe<AfterResourcesCreatedEvent>((_, _) => Note("after created"));
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);
        await Wait.UntilAsync(() => seen.Count == 7, "all seven events have come");

        Assert.Equal(["subscriber", "BeforeStart", "tool endpoints", "tool before start", "custom ready"], seen.Take(5));
        Assert.Equal(["after created", "tool stopped 0"], seen.Skip(5).Order());
        Assert.Throws<ArgumentException>(() => builder.Eventing.Subscribe<IDistributedApplicationEvent>((_, _) => Task.CompletedTask));

        Task Note(string what)
        {
            seen.Enqueue(what);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_wait_for_health_lasts_until_the_check_passes_and_its_ready_handlers_are_done()
    {
        var builder = TestApplication.CreateBuilder();
        var checks = 0;
        builder.Services.AddHealthChecks().AddCheck("third-time", () => ++checks < 3 ? HealthCheckResult.Unhealthy("not yet") : HealthCheckResult.Healthy());
        var isReady = false;
        var slow = builder.AddExecutable("slow", "sleep", ".", "1000").WithHealthCheck("third-time").OnResourceReady(async (_, _, cancellationToken) =>
        {
            await Task.Delay(100, cancellationToken);
            isReady = true;
        });
        var wasReady = false;
        builder.AddExecutable("next", "sleep", ".", "1000").WaitFor(slow).WithEnvironment("X", () =>
        {
            wasReady = isReady;
            return "x";
        });
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);

        Assert.True(wasReady);
        Assert.Equal(3, checks);
        Assert.Equal(HealthStatus.Healthy, app.StateOf("slow").HealthStatus);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("slow", Wait.Limit);
    }

    [Fact]
    public async Task Dependents_are_stopped_before_what_they_depend_on()
    {
        var builder = TestApplication.CreateBuilder();
        var stopped = new ConcurrentQueue<string>();
        var database = builder.AddExecutable("database", "sleep", ".", "1000").OnResourceStopped(Note);
        var tables = builder.AddResource(new Custom("tables")).WaitFor(database);
        var api = builder.AddExecutable("api", "sleep", ".", "1000").WaitForStart(database).OnResourceStopped(Note);
        builder.CreateResourceBuilder(tables.Resource).WaitFor(api);
        builder.AddExecutable("gateway", "sleep", ".", "1000").WaitFor(api).OnResourceStopped(Note);
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);
        await app.StopAsync(Wait.Limit);

        Assert.Equal(["gateway", "api", "database"], stopped);

        Task Note(ExecutableResource resource, ResourceStoppedEvent _, CancellationToken __)
        {
            stopped.Enqueue(resource.Name);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_child_that_ignores_the_polite_way_is_killed_with_all_it_started()
    {
        var builder = TestApplication.CreateBuilder();
        var stubborn = builder.AddExecutable("stubborn", "sh", ".", "-c", "trap '' TERM; setsid sleep 1000 & echo pid $!; while true; do sleep 0.1; done");
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);
        var grandchild = 0;
        await Wait.UntilAsync(() => (grandchild = PidIn(app.LogOfAsync(stubborn.Resource).Result)) > 0, "the grandchild has started");
        await app.StopAsync(Wait.Limit);

        Assert.Equal(137, app.StateOf("stubborn").ExitCode);
        Assert.False(Processes.IsAlive(grandchild));
    }

    [Fact]
    public async Task A_child_that_floods_its_output_keeps_neither_memory_nor_the_others_from_working()
    {
        var builder = TestApplication.CreateBuilder();
        var flood = builder.AddExecutable("flood", "sh", ".", "-c", "yes 'a line of a flood that does not want to come to an end'");
        builder.AddExecutable("quiet", "sh", ".", "-c", "echo done").WaitFor(flood);
        await using var app = builder.Build();
        var loggers = app.Services.GetRequiredService<ResourceLoggerService>();
        await app.StartAsync(Wait.Limit);
        await app.ResourceNotifications.WaitForResourceAsync("quiet", KnownResourceStates.Finished, Wait.Limit);
        var watch = loggers.WatchAsync(flood.Resource).GetAsyncEnumerator(Wait.Limit);
        await watch.MoveNextAsync();
        var last = 0;
        await Wait.UntilAsync(() => (last = LastNumber(loggers, flood.Resource)) > 30_000, "thirty thousand lines have come");
        await watch.MoveNextAsync();

        Assert.Contains("lines were dropped", watch.Current[0].Content, StringComparison.Ordinal);
        await watch.DisposeAsync();
        await foreach (var backlog in loggers.GetAllAsync(flood.Resource))
            Assert.InRange(backlog.Count, 1, 10_000);
        await app.StopAsync(Wait.Limit);
        Assert.Equal(KnownResourceStates.Exited, app.StateOf("flood").State?.Text);

        static int LastNumber(ResourceLoggerService loggers, IResource resource) =>
            loggers.GetAllAsync(resource).ToBlockingEnumerable().First()[^1].LineNumber;
    }

    [Fact]
    public async Task Cancelling_the_start_while_something_waits_ends_it_and_leaves_nothing()
    {
        var builder = TestApplication.CreateBuilder();
        var database = builder.AddExecutable("database", "sh", ".", "-c", "echo pid $$; exec sleep 1000");
        var never = builder.AddExecutable("never", "sleep", ".", "1000").WithExplicitStart();
        builder.AddExecutable("waiting", "sleep", ".", "1000").WaitFor(never);
        var app = builder.Build();
        var running = app.RunAsync(Wait.Limit);
        await app.ResourceNotifications.WaitForResourceAsync("waiting", KnownResourceStates.Waiting, Wait.Limit);
        var process = 0;
        await Wait.UntilAsync(() => (process = PidIn(app.LogOfAsync(database.Resource).Result)) > 0, "the database has started");

        app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        await running.WaitAsync(Wait.Limit);
        Assert.False(Processes.IsAlive(process));
    }

    [Fact]
    public async Task A_wait_that_is_cancelled_says_for_what_it_waited()
    {
        var builder = TestApplication.CreateBuilder();
        builder.AddExecutable("tool", "sleep", ".", "1000").WithExplicitStart();
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);
        using var brief = new CancellationTokenSource(50);

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => app.ResourceNotifications.WaitForResourceAsync("tool", cancellationToken: brief.Token));

        Assert.Contains("'tool' to enter the state 'Running'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'NotStarted'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fixed_ports_are_used_as_they_are_unless_they_are_to_be_random()
    {
        using var free = Aspire.Hosting.Orchestration.PortReservation.Take();
        foreach (var random in new[] { false, true })
        {
            var builder = TestApplication.CreateBuilder($"--DcpPublisher:RandomizePorts={random}");
            var tool = builder.AddExecutable("tool", "true", ".").WithHttpEndpoint(port: free.Port).WithUrlForEndpoint("http", url => url.DisplayText = "Home");
            await using var app = builder.Build();
            await app.StartAsync(Wait.Limit);

            Assert.Equal(random, tool.GetEndpoint("http").Port != free.Port);
            var url = Assert.Single(app.StateOf("tool").Urls);
            Assert.Equal((tool.GetEndpoint("http").Url, "Home"), (url.Url, url.DisplayProperties.DisplayName));
        }
    }

    private static long FirstNumber(string log) =>
        log.Split('\n').Select(line => long.TryParse(line, out var number) ? number : 0).First(number => number > 0);

    private static int PidIn(string log) =>
        log.Split('\n').Where(line => line.StartsWith("pid ", StringComparison.Ordinal)).Select(line => int.TryParse(line[4..], out var pid) ? pid : 0).FirstOrDefault();

    private sealed class Custom(string name) : Resource(name), IResourceWithWaitSupport;

    private sealed class Subscriber(ConcurrentQueue<string> seen) : IDistributedApplicationEventingSubscriber
    {
        public Task SubscribeAsync(IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext executionContext,
            CancellationToken cancellationToken)
        {
            Assert.True(executionContext.IsRunMode);
            seen.Enqueue("subscriber");
            return Task.CompletedTask;
        }
    }
}
