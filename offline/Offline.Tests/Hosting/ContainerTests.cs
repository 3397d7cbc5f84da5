using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Offline.Tests.Hosting;

/// <summary>
/// Containers against a script in place of the runtime's command line. It writes down what it is asked for, and keeps a file for each
/// container that exists.
/// </summary>
public sealed class ContainerTests : IDisposable
{
    private const string Script = """
        #!/bin/sh
        cd "$(dirname "$0")"
        echo "$@" >> calls
        case "$1" in
          info) [ -e broken ] && { echo "daemon is away" >&2; exit 1; }; echo fine;;
          image) [ -e "image" ];;
          pull) echo "layer 1 of 1"; touch image;;
          container) [ -e "c-$5" ] || exit 1; cat "c-$5";;
          create) name="$3"; echo "${5#*=}" > "c-$name"; echo id;;
          start) [ -e "c-$2" ] || { echo "no such container" >&2; exit 1; }; touch "running-$2";;
          logs) echo "hello from $3"; while [ -e "running-$3" ]; do sleep 0.05; done;;
          wait) while [ -e "running-$2" ]; do sleep 0.05; done; cat "code" 2>/dev/null || echo 0;;
          stop) rm -f "running-$4";;
          rm) shift 3; for name; do rm -f "c-$name" "running-$name"; done;;
        esac
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("runtime");

    public ContainerTests()
    {
        File.WriteAllText(Command, Script);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Command, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string Command => Path.Combine(_folder.FullName, "docker");

    private string[] Calls => File.Exists(At("calls")) ? File.ReadAllLines(At("calls")) : [];

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_container_is_pulled_created_followed_stopped_and_removed()
    {
        var builder = CreateBuilder();
        var box = builder.AddContainer("box", "localstack/localstack", "4.14.0")
            .WithHttpEndpoint(targetPort: 4566)
            .WithEnvironment("SERVICES", "dynamodb")
            .WithVolume("data", "/var/lib")
            .WithBindMount("conf", "/conf", isReadOnly: true)
            .WithEntrypoint("run")
            .WithContainerRuntimeArgs("--memory", "1g")
            .WithArgs("-v", "x y");
        var name = "";
        await using (var app = builder.Build())
        {
            await app.StartAsync(Wait.Limit);
            name = (string)app.StateOf("box").Properties.Single(property => property.Name == "container.id").Value!;
            await Wait.UntilAsync(() => app.LogOfAsync(box.Resource).Result.Contains($"hello from {name}", StringComparison.Ordinal), "the log is followed");
            Assert.Contains("layer 1 of 1", await app.LogOfAsync(box.Resource), StringComparison.Ordinal);
            Assert.StartsWith("box-", name, StringComparison.Ordinal);
            await app.StopAsync(Wait.Limit);
            Assert.Equal(KnownResourceStates.Finished, app.StateOf("box").State?.Text);
        }

        Assert.Contains("pull localstack/localstack:4.14.0", Calls);
        var create = Assert.Single(Calls, call => call.StartsWith("create ", StringComparison.Ordinal));
        var port = box.GetEndpoint("http").Port.ToString(CultureInfo.InvariantCulture);
        var conf = Path.GetFullPath("conf", AppContext.BaseDirectory);
        Assert.EndsWith($" --publish 127.0.0.1:{port}:4566 --env SERVICES=dynamodb --mount type=volume,source=data,target=/var/lib "
            + $"--mount type=bind,source={conf},target=/conf,readonly --add-host host.docker.internal:host-gateway --entrypoint run --memory 1g "
            + "localstack/localstack:4.14.0 -v x y", create, StringComparison.Ordinal);
        Assert.Contains($"stop -t 6 {name}", Calls);
        Assert.False(File.Exists(At("c-" + name)));
    }

    [Fact]
    public async Task A_persistent_container_outlives_the_application_and_is_reused_until_it_changes()
    {
        for (var run = 1; run <= 3; run++)
        {
            var builder = CreateBuilder();
            builder.AddContainer("db", "db", "1").WithLifetime(ContainerLifetime.Persistent).WithEnvironment("A", run == 3 ? "changed" : "same");
            await using var app = builder.Build();
            await app.StartAsync(Wait.Limit);
            Assert.Equal(KnownResourceStates.Running, app.StateOf("db").State?.Text);
            await app.StopAsync(Wait.Limit);
        }

        Assert.Equal(2, Calls.Count(call => call.StartsWith("create ", StringComparison.Ordinal)));
        Assert.DoesNotContain(Calls, call => call.StartsWith("stop ", StringComparison.Ordinal));
        Assert.Single(_folder.GetFiles("running-db-*"));
    }

    [Fact]
    public async Task A_leftover_of_a_killed_run_is_removed_and_a_strangers_container_is_not()
    {
        await File.WriteAllTextAsync(At("c-ours"), "fingerprint\n", Wait.Limit);
        await File.WriteAllTextAsync(At("c-theirs"), "<no value>\n", Wait.Limit);
        var builder = CreateBuilder();
        builder.AddContainer("first", "db", "1").WithContainerName("ours");
        var second = builder.AddContainer("second", "db", "1").WithContainerName("theirs");
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);

        Assert.Equal(KnownResourceStates.Running, app.StateOf("first").State?.Text);
        Assert.Contains("rm --force --volumes ours", Calls);
        Assert.Equal(KnownResourceStates.FailedToStart, app.StateOf("second").State?.Text);
        Assert.Contains("'theirs' exists that was not created by an app host", await app.LogOfAsync(second.Resource), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_containers_are_removed_even_when_nobody_stops_them()
    {
        var builder = CreateBuilder();
        builder.AddContainer("box", "db", "1").WithContainerName("lost");
        var app = builder.Build();
        await app.StartAsync(Wait.Limit);
        Assert.True(File.Exists(At("c-lost")));

        // No StopAsync: what is left to the orchestration process when the AppHost is gone.
        await app.DisposeAsync();

        Assert.False(File.Exists(At("c-lost")));
    }

    [Fact]
    public async Task Without_a_runtime_the_resource_says_so_and_the_others_run()
    {
        await File.WriteAllTextAsync(At("broken"), "", Wait.Limit);
        var builder = CreateBuilder();
        var box = builder.AddContainer("box", "db", "1");
        builder.AddExecutable("user", "sleep", ".", "1000").WaitFor(box);
        builder.AddExecutable("other", "sleep", ".", "1000");
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);

        Assert.Equal(KnownResourceStates.RuntimeUnhealthy, app.StateOf("box").State?.Text);
        Assert.Contains("daemon is away", await app.LogOfAsync(box.Resource), StringComparison.Ordinal);
        Assert.Equal(KnownResourceStates.FailedToStart, app.StateOf("user").State?.Text);
        Assert.Equal(KnownResourceStates.Running, app.StateOf("other").State?.Text);

        File.Delete(At("broken"));
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync(box.Resource, KnownResourceCommands.StartCommand, Wait.Limit)).Success);
        Assert.Equal(KnownResourceStates.Running, app.StateOf("box").State?.Text);
    }

    [Fact]
    public async Task With_a_limit_for_the_runtime_the_start_throws_after_it()
    {
        await File.WriteAllTextAsync(At("broken"), "", Wait.Limit);
        var builder = CreateBuilder("--DcpPublisher:ContainerRuntimeInitializationTimeout=00:00:00.2");
        builder.AddContainer("box", "db", "1");
        await using var app = builder.Build();

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync(Wait.Limit));

        Assert.Contains("daemon is away", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_the_host_is_another_one_inside_a_container()
    {
        var builder = CreateBuilder();
        var tool = builder.AddExecutable("tool", "sleep", ".", "1000").WithHttpEndpoint();
        builder.AddContainer("box", "db", "1").WithEnvironment("TOOL", tool.GetEndpoint("http"));
        await using var app = builder.Build();
        await app.StartAsync(Wait.Limit);

        var create = Assert.Single(Calls, call => call.StartsWith("create ", StringComparison.Ordinal));
        Assert.Contains($"--env TOOL=http://host.docker.internal:{tool.GetEndpoint("http").Port}", create, StringComparison.Ordinal);
    }

    private IDistributedApplicationBuilder CreateBuilder(params string[] args) =>
        TestApplication.CreateBuilder([$"--DcpPublisher:ContainerRuntime={Command}", .. args]);

    private string At(string file) => Path.Combine(_folder.FullName, file);
}
