using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using NotifyQuery.AppHost.Backends;
using static NotifyQuery.Tests.Hosting.GivenSettings;

namespace NotifyQuery.Tests.Hosting;

/// <summary>The container runtime and LocalStack's container, which it runs.</summary>
public sealed class ContainerRuntimeTests
{
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
}
