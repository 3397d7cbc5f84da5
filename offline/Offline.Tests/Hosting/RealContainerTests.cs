using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Offline.Tests.Hosting;

/// <summary>Containers on a real runtime. What each needs of the runtime's command line is in <see cref="ContainerTests"/>.</summary>
public sealed class RealContainerTests : IClassFixture<ContainerEngine>
{
    private static readonly string[] s_httpd = ["-f", "-v", "-p", "8080", "-h", "/www"];
    private readonly ContainerEngine _engine;

    public RealContainerTests(ContainerEngine engine)
    {
        Assert.SkipWhen(engine.Missing is not null, engine.Missing ?? "");
        _engine = engine;
    }

    [Fact]
    public async Task It_serves_its_port_becomes_healthy_is_logged_and_is_gone_after_the_stop()
    {
        var builder = CreateBuilder();
        var web = Server(builder, "web").WithEnvironment("GREETING", "hello world");
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("web", Wait.Limit);
        var name = IdOf(app, "web");

        using var client = new HttpClient();
        Assert.Equal("fine", await client.GetStringAsync(new Uri($"{web.GetEndpoint("http").Url}/health"), Wait.Limit));
        await Wait.UntilAsync(() => app.LogOfAsync(web.Resource).Result.Contains("response:200", StringComparison.Ordinal), "the request is in the log");
        Assert.Equal((0, "hello world"), await _engine.RunAsync("exec", name, "/bin/sh", "-c", "echo $GREETING"));

        await app.StopAsync(Wait.Limit);
        Assert.NotEqual(0, (await _engine.RunAsync("container", "inspect", name)).ExitCode);
    }

    [Fact]
    public async Task One_that_ends_shows_its_exit_code_and_its_last_words_and_can_be_started_again()
    {
        var builder = CreateBuilder();
        var box = Box(builder, "box", "echo last words; exit 3");
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);
        await app.ResourceNotifications.WaitForResourceAsync("box", it => it.Snapshot.ExitCode == 3, Wait.Limit);
        Assert.Contains("last words", await app.LogOfAsync(box.Resource), StringComparison.Ordinal);

        Assert.True((await app.ResourceCommands.ExecuteCommandAsync(box.Resource, KnownResourceCommands.StartCommand, Wait.Limit)).Success);
        await Wait.UntilAsync(() => app.LogOfAsync(box.Resource).Result.Split("last words").Length > 2, "it has spoken again");
    }

    [Fact]
    public async Task One_that_is_killed_from_outside_has_ended()
    {
        var builder = CreateBuilder();
        Server(builder, "victim");
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);

        await _engine.RunAsync("kill", IdOf(app, "victim"));

        var ended = await app.ResourceNotifications.WaitForResourceAsync("victim", it => it.Snapshot.ExitCode is not null, Wait.Limit);
        Assert.Equal(137, ended.Snapshot.ExitCode);
        Assert.Equal(KnownResourceStates.Exited, ended.Snapshot.State?.Text);
    }

    [Fact]
    public async Task A_persistent_one_is_the_same_in_the_next_run()
    {
        var ids = new List<string>();
        var name = "";
        for (var run = 0; run < 2; run++)
        {
            var builder = CreateBuilder();
            Server(builder, "kept", port: 0).WithLifetime(ContainerLifetime.Persistent);
            await using var app = builder.Build();
            await app.StartAsync(Wait.Limit);
            name = IdOf(app, "kept");
            ids.Add((await _engine.RunAsync("container", "inspect", "--format", "{{.Id}} {{.State.Running}}", name)).Output);
            await app.StopAsync(Wait.Limit);
        }

        await _engine.RunAsync("rm", "--force", name);
        Assert.EndsWith(" true", ids[0], StringComparison.Ordinal);
        Assert.Equal(ids[0], ids[1]);
    }

    [Fact]
    public async Task A_killed_runs_leftover_makes_way_and_a_strangers_container_of_the_name_does_not()
    {
        string leftover = $"leftover-{Guid.NewGuid():N}", stranger = $"stranger-{Guid.NewGuid():N}";
        await _engine.RunAsync("create", "--name", leftover, "--label", "aspire.hosting.configuration=another", $"{ContainerEngine.Image}:{ContainerEngine.Tag}", "/bin/sleep", "9");
        await _engine.RunAsync("create", "--name", stranger, $"{ContainerEngine.Image}:{ContainerEngine.Tag}", "/bin/sleep", "9");
        try
        {
            var builder = CreateBuilder();
            Server(builder, "first").WithContainerName(leftover);
            var second = Server(builder, "second").WithContainerName(stranger);
            await using var app = builder.Build();
            await app.StartAsync(Wait.Limit);

            Assert.Equal(KnownResourceStates.Running, app.StateOf("first").State?.Text);
            Assert.Equal(KnownResourceStates.FailedToStart, app.StateOf("second").State?.Text);
            Assert.Contains($"'{stranger}' exists that was not created by an app host", await app.LogOfAsync(second.Resource), StringComparison.Ordinal);
            Assert.Equal(0, (await _engine.RunAsync("container", "inspect", stranger)).ExitCode);
        }
        finally
        {
            await _engine.RunAsync("rm", "--force", leftover, stranger);
        }
    }

    [Fact]
    public async Task An_image_that_is_not_there_is_named()
    {
        var builder = CreateBuilder();
        var box = builder.AddContainer("box", "offline-tests/nothing", "1").WithImagePullPolicy(ImagePullPolicy.Never);
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);

        Assert.Equal(KnownResourceStates.FailedToStart, app.StateOf("box").State?.Text);
        Assert.Contains("offline-tests/nothing:1", await app.LogOfAsync(box.Resource), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_writes_to_a_volume_is_there_for_the_next_one()
    {
        var volume = $"offline-tests-{Guid.NewGuid():N}";
        try
        {
            foreach (var script in (string[])["echo kept > /data/note; exit 7", "exit $(test \"$(cat /data/note)\" = kept && echo 7)"])
            {
                var builder = CreateBuilder();
                Box(builder, "box", script.Replace("$(cat /data/note)", "$(busybox cat /data/note)", StringComparison.Ordinal)).WithVolume(volume, "/data");
                await using var app = builder.Build();
                await app.StartAsync(Wait.Limit);
                var ended = await app.ResourceNotifications.WaitForResourceAsync("box", it => it.Snapshot.ExitCode is not null, Wait.Limit);
                Assert.Equal(7, ended.Snapshot.ExitCode);
                await app.StopAsync(Wait.Limit);
            }
        }
        finally
        {
            await _engine.RunAsync("volume", "rm", "--force", volume);
        }
    }

    private static string IdOf(DistributedApplication app, string name) => (string)app.StateOf(name).Properties.Single(it => it.Name == "container.id").Value!;

    /// <summary>Ended by SIGKILL, for the first process of a container heeds no other signal that it has no handler for.</summary>
    private static IResourceBuilder<ContainerResource> Server(IDistributedApplicationBuilder builder, string name, int? port = null) => builder
        .AddContainer(name, ContainerEngine.Image, ContainerEngine.Tag)
        .WithHttpEndpoint(port: port is null ? null : FixedPort, targetPort: 8080)
        .WithHttpHealthCheck("/health")
        .WithEntrypoint("/bin/httpd")
        .WithArgs(s_httpd)
        .WithContainerRuntimeArgs("--stop-signal", "KILL");

    private static IResourceBuilder<ContainerResource> Box(IDistributedApplicationBuilder builder, string name, string script) => builder
        .AddContainer(name, ContainerEngine.Image, ContainerEngine.Tag).WithEntrypoint("/bin/sh").WithArgs("-c", script);

    // A port is part of what a persistent container was created from.
    private static readonly int FixedPort = FreePort();

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private IDistributedApplicationBuilder CreateBuilder() =>
        TestApplication.CreateBuilder(string.Create(CultureInfo.InvariantCulture, $"--DcpPublisher:ContainerRuntime={_engine.Command}"));
}
