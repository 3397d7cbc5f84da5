using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using NotifyQuery.AppHost;
using NotifyQuery.AppHost.Backends;
using NotifyQuery.EventSource.Filtering;
using NotifyQuery.Tests.Deploy;

namespace NotifyQuery.Tests.Hosting;

public sealed class SettingsTests
{
    private static readonly string AppHostDirectory = Repository.PathOf("NotifyQuery.AppHost");

    [Theory]
    [InlineData("NotifyQuery:Backend", "mysql", "must be auto, localstack, dynamodb-local or aws")]
    [InlineData("NotifyQuery:DemoData", "maybe", "must be true or false")]
    [InlineData("NotifyQuery:Access:Required", "maybe", "must be true or false")]
    [InlineData("NotifyQuery:Backend:Persist", "1", "must be true or false")]
    [InlineData("NotifyQuery:Ports:Gateway", "99999", "give a port from 1 to 65535")]
    [InlineData("NotifyQuery:Ports:Handler", "-1", "give a port from 1 to 65535")]
    [InlineData("NotifyQuery:NextTable", "two words", "3 to 240 letters")]
    [InlineData("NotifyQuery:NextTable", "command-records", "another table has that name")]
    [InlineData("NotifyQuery:NextTable:KeySpread", "8", "--NotifyQuery:NextTable=<name>")]
    public void An_invalid_setting_is_named_with_the_fix(string key, string value, string cure)
    {
        Assert.False(TryRead(out _, out var problem, (key, value)));
        Assert.Contains(
            key.StartsWith("NotifyQuery:NextTable:", StringComparison.Ordinal) ? key : value,
            problem,
            StringComparison.Ordinal
        );
        Assert.Contains(cure, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{"Filters":[{"Pattern":"{\"eventName\":[\"INSERT\"]}"},{"Pattern":"{}"}]}""",
        new[] { """{"eventName":["INSERT"]}""", "{}" }
    )]
    [InlineData("""{"Filters":[]}""", new string[0])]
    [InlineData("", new string[0])]
    public void Filters_are_given_as_the_JSON_that_AWS_accepts(string text, string[] patterns) =>
        Assert.Equal(patterns, FilterCriteriaSetting.Read(text));

    [Fact]
    public async Task The_event_source_gets_each_pattern_under_the_key_that_it_reads()
    {
        var builder = DistributedApplication.CreateBuilder([]);
        var eventSource = builder
            .AddProject("event-source", Repository.PathOf("NotifyQuery.EventSource/NotifyQuery.EventSource.csproj"))
            .WithFilters(["""{"eventName":["INSERT"]}""", """{"eventName":["MODIFY"]}"""])
            .Resource;
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, eventSource);
        foreach (var annotation in eventSource.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await annotation.Callback(context);
        var bound = new ConfigurationBuilder()
            .AddInMemoryCollection(
                context
                    .EnvironmentVariables.Where(variable => variable.Value is string)
                    .Select(variable =>
                        KeyValuePair.Create(variable.Key.Replace("__", ":", StringComparison.Ordinal), (string?)variable.Value)
                    )
            )
            .Build()
            .GetSection("EventSource:FilterCriteria")
            .Get<FilterCriteriaOptions>()!;

        Assert.Equal(["""{"eventName":["INSERT"]}""", """{"eventName":["MODIFY"]}"""], bound.Filters.Select(filter => filter.Pattern));
    }

    [Theory]
    [InlineData("eventName", "is not JSON")]
    [InlineData("""{"eventName":["INSERT"]}""", "does not have the structure")]
    [InlineData("""[{"Pattern":"{}"}]""", "does not have the structure")]
    [InlineData("""{"Filters":"{}"}""", "does not have the structure")]
    [InlineData("""{"Filters":[{"pattern":"{}"}]}""", "does not have the structure")]
    [InlineData("""{"Filters":[{"Pattern":{"eventName":["INSERT"]}}]}""", "does not have the structure")]
    public void Filters_of_another_structure_are_refused_with_an_example(string text, string problem)
    {
        var exception = Assert.Throws<SettingsException>(() => FilterCriteriaSetting.Read(text));

        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        Assert.Contains("""{"Filters":[{"Pattern":"{\"eventName\":[\"INSERT\"]}"}]}""", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("257")]
    [InlineData("many")]
    public void A_next_table_has_1_to_256_keys(string keys)
    {
        Assert.False(
            TryRead(out _, out var problem, ("NotifyQuery:NextTable", "notification-records-2"), ("NotifyQuery:NextTable:KeySpread", keys))
        );
        Assert.Equal($"NotifyQuery:NextTable:KeySpread is '{keys}': give a number of keys from 1 to 256.", problem);
    }

    [Fact]
    public void Demo_data_is_not_written_to_an_account_unless_writes_are_allowed()
    {
        Assert.False(
            TryRead(
                out _,
                out var problem,
                ("NotifyQuery:Backend", "aws"),
                ("NotifyQuery:DemoData", "true"),
                ("DcpPublisher:RandomizePorts", "true")
            )
        );
        Assert.Contains("add --NotifyQuery:Backend:AllowWrites=true", problem, StringComparison.Ordinal);

        Assert.True(
            TryRead(
                out var settings,
                out _,
                ("NotifyQuery:Backend", "aws"),
                ("NotifyQuery:DemoData", "true"),
                ("NotifyQuery:Backend:AllowWrites", "true"),
                ("DcpPublisher:RandomizePorts", "true")
            )
        );
        Assert.True(settings!.Writes);
    }

    [Fact]
    public void A_port_that_is_taken_is_named_before_anything_is_started()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        Assert.False(TryRead(out _, out var problem, ("NotifyQuery:Ports:Handler", $"{port}")));
        Assert.StartsWith($"Port {port} (Handler) is taken", problem, StringComparison.Ordinal);
        Assert.False(TryRead(out _, out problem, ("NotifyQuery:Ports:Handler", "0"), ("ASPNETCORE_URLS", $"http://127.0.0.1:{port}")));
        Assert.StartsWith($"Port {port} (dashboard) is taken", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/proc/nowhere")]
    public void A_home_folder_that_is_missing_or_read_only_is_named_before_anything_is_started(string home) =>
        Assert.Contains(
            "set HOME to a folder that you can write to",
            Assert.Throws<SettingsException>(() => MachineCheck.VerifyHome(home)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_folder_for_temporary_files_that_takes_none_is_named_before_anything_is_started() =>
        Assert.Contains(
            "free space there",
            Assert.Throws<SettingsException>(() => MachineCheck.VerifyTemporaryFolder("/proc/nowhere")).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("256", true)]
    [InlineData("1023", true)]
    [InlineData("1024", false)]
    [InlineData("unlimited", false)]
    [InlineData(null, false)]
    public void A_limit_of_open_files_that_is_too_low_is_named_before_anything_is_started(string? limit, bool refused)
    {
        var problem = Record.Exception(() => MachineCheck.VerifyOpenFiles(limit));

        Assert.Equal(refused, problem is SettingsException);
        if (refused)
            Assert.Contains("ulimit -n 1024", problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_of_0_and_the_testing_host_take_any_free_one()
    {
        Assert.True(TryRead(out var settings, out _, ("NotifyQuery:Ports:Gateway", "0")));
        Assert.Null(settings!.GatewayPort);

        Assert.True(TryRead(out settings, out _, ("DcpPublisher:RandomizePorts", "true")));
        Assert.Null(settings!.HandlerPort);
        Assert.True(settings.IsTest);
        Assert.False(settings.DemoData);
    }

    [Theory]
    [InlineData(null, "data", "dynamodb")]
    [InlineData("elsewhere", "elsewhere")]
    public void The_tables_are_kept_in_a_folder_of_the_repository_unless_another_is_named(string? value, params string[] expected)
    {
        Assert.True(TryRead(out var settings, out _, ("NotifyQuery:Backend:DataFolder", value!)));
        Assert.Equal(Path.Combine([Path.GetDirectoryName(AppHostDirectory)!, .. expected]), settings!.DataFolder);

        Assert.True(TryRead(out settings, out _, ("NotifyQuery:Backend:DataFolder", Path.GetTempPath())));
        Assert.Equal(Path.GetFullPath(Path.GetTempPath()), settings!.DataFolder);
    }

    [Theory]
    [InlineData("aws", null, true)]
    [InlineData("aws", "false", false)]
    [InlineData("dynamodb-local", null, false)]
    [InlineData("dynamodb-local", "true", true)]
    public void Callers_need_a_token_for_an_accounts_data_unless_configured_otherwise(string backend, string? said, bool required)
    {
        Assert.True(
            TryRead(
                out var settings,
                out var problem,
                ("NotifyQuery:Backend", backend),
                ("NotifyQuery:Access:Required", said!),
                ("DcpPublisher:RandomizePorts", "true")
            ),
            problem
        );
        Assert.Equal(required, settings!.AccessRequired);
    }

    [Fact]
    public void An_AWS_account_gets_no_demo_data()
    {
        Assert.True(TryRead(out var settings, out _, ("NotifyQuery:Backend", "aws")));
        Assert.Equal(BackendKind.Aws, settings!.Backend);
        Assert.False(settings.DemoData);
    }

    [Fact]
    public void The_container_runtime_that_Aspires_settings_select_is_the_one_that_is_used()
    {
        using var runtime = new ScriptedRuntime("case \"$1\" in ps|image) exit 0;; esac; exit 1");
        foreach (var key in (string[])["DcpPublisher:ContainerRuntime", "ASPIRE_CONTAINER_RUNTIME"])
        {
            Assert.True(TryRead(out var settings, out var problem, ("NotifyQuery:Backend", "auto"), (key, runtime.Command)), problem);
            Assert.Equal((BackendKind.LocalStack, runtime.Command), (settings!.Backend, settings.ContainerRuntime));
        }
    }

    [Theory]
    [InlineData("exit 1")] // it does not answer
    [InlineData("[ \"$1\" = ps ]")] // it answers, but the image is not there and cannot be fetched
    public void Without_a_container_runtime_or_the_image_auto_is_DynamoDB_Local(string script)
    {
        using var runtime = new ScriptedRuntime(script);
        Assert.True(
            TryRead(out var settings, out var problem, ("NotifyQuery:Backend", "auto"), ("DcpPublisher:ContainerRuntime", runtime.Command)),
            problem
        );
        Assert.Equal((BackendKind.DynamoDBLocal, null), (settings!.Backend, settings.ContainerRuntime));
    }

    [Fact]
    public void LocalStack_without_a_container_runtime_is_refused_with_the_fix()
    {
        using var runtime = new ScriptedRuntime("exit 1");
        Assert.False(
            TryRead(out _, out var problem, ("NotifyQuery:Backend", "localstack"), ("DcpPublisher:ContainerRuntime", runtime.Command))
        );
        Assert.Contains("start one, or use --NotifyQuery:Backend=dynamodb-local", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_LocalStack_container_is_pinned_serves_DynamoDB_alone_and_keeps_the_tables_in_a_volume_if_asked(bool persist)
    {
        using var runtime = new ScriptedRuntime("exit 0");
        Assert.True(
            TryRead(
                out var settings,
                out var problem,
                ("NotifyQuery:Backend", "localstack"),
                ("DcpPublisher:ContainerRuntime", runtime.Command),
                ("NotifyQuery:Backend:Persist", $"{persist}")
            ),
            problem
        );
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });
        builder.Configuration["LOCALSTACK_AUTH_TOKEN"] = "t0ken";

        var container = builder.AddLocalStackContainer("dynamodb", settings!).Resource!.Resource;

        Assert.Equal(runtime.Command, builder.Configuration["DcpPublisher:ContainerRuntime"]);
        var image = Assert.Single(container.Annotations.OfType<ContainerImageAnnotation>());
        Assert.Equal(("localstack/localstack", "4.14.0"), (image.Image, image.Tag));
        var mounts = container
            .Annotations.OfType<ContainerMountAnnotation>()
            .Select(mount => $"{mount.Type} {mount.Source} at {mount.Target}");
        Assert.Equal(persist ? "Volume notifyquery-localstack at /var/lib/localstack" : "", string.Join(", ", mounts));
        Assert.Single(container.Annotations.OfType<HealthCheckAnnotation>());
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, container);
        foreach (var annotation in container.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await annotation.Callback(context);
        Assert.Equal("dynamodb", context.EnvironmentVariables["SERVICES"]);
        Assert.Equal("1", context.EnvironmentVariables["EAGER_SERVICE_LOADING"]);
        Assert.Equal("v2", context.EnvironmentVariables["PROVIDER_OVERRIDE_DYNAMODBSTREAMS"]);
        Assert.Equal(persist, context.EnvironmentVariables.ContainsKey("PERSISTENCE"));
        Assert.True(Assert.IsType<ParameterResource>(context.EnvironmentVariables["LOCALSTACK_AUTH_TOKEN"]).Secret);
    }

    private static bool TryRead(out Settings? settings, out string? problem, params (string Key, string Value)[] given)
    {
        // Everything that is not under test is such that it always holds on this machine.
        var values = new Dictionary<string, string?>
        {
            ["NotifyQuery:Backend"] = "dynamodb-local",
            ["NotifyQuery:Ports:Backend"] = "0",
            ["NotifyQuery:Ports:Handler"] = "0",
            ["NotifyQuery:Ports:Gateway"] = "0",
            ["NotifyQuery:Ports:Emulator"] = "0",
        };
        foreach (var (key, value) in given)
            values[key] = value;
        return Settings.TryRead(
            new ConfigurationBuilder().AddInMemoryCollection(values).Build(),
            AppHostDirectory,
            out settings,
            out problem
        );
    }
}

/// <summary>A command in place of a container runtime's.</summary>
internal sealed class ScriptedRuntime : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("runtime");

    public ScriptedRuntime(string script)
    {
        File.WriteAllText(Command, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Command, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public string Command => Path.Combine(folder.FullName, "docker");

    public void Dispose() => folder.Delete(recursive: true);
}
