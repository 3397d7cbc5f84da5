using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Offline.Tests.Hosting;

public sealed class BuilderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("1st")]
    [InlineData("a--b")]
    [InlineData("a-")]
    [InlineData("a_b")]
    [InlineData("x123456789x123456789x123456789x123456789x123456789x123456789x1234")]
    public void A_name_that_breaks_the_rule_is_refused(string name)
    {
        var builder = TestApplication.CreateBuilder();

        Assert.Throws<ArgumentException>(() => builder.AddExecutable(name, "true", "."));
    }

    [Fact]
    public void Names_are_unique_whatever_their_case()
    {
        var builder = TestApplication.CreateBuilder();
        builder.AddExecutable("api", "true", ".");

        var exception = Assert.Throws<DistributedApplicationException>(() => builder.AddExecutable("API", "true", "."));

        Assert.Contains("case-insensitive", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_argument_decides_the_host_environment()
    {
        var builder = TestApplication.CreateBuilder("--environment", "Staging");

        Assert.True(builder.Environment.IsStaging());
    }

    [Fact]
    public void The_folder_of_the_app_host_comes_from_its_build()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            AssemblyName = typeof(Projects.Hosting_SampleHost).Assembly.GetName().Name,
        });

        Assert.Equal(Projects.Hosting_SampleHost.ProjectPath, builder.AppHostDirectory);
        Assert.Equal(builder.AppHostDirectory, builder.Configuration["AppHost:Directory"]);
    }

    [Fact]
    public void A_resource_is_found_again_by_its_name()
    {
        var builder = TestApplication.CreateBuilder();
        var added = builder.AddExecutable("tool", "true", ".");

        Assert.Same(added.Resource, builder.CreateResourceBuilder<ExecutableResource>("TOOL").Resource);
        Assert.False(builder.TryCreateResourceBuilder<ContainerResource>("tool", out _));
        Assert.Throws<InvalidOperationException>(() => builder.CreateResourceBuilder<ExecutableResource>("other"));
    }

    [Fact]
    public async Task A_health_check_without_registration_keeps_the_application_from_starting()
    {
        var builder = TestApplication.CreateBuilder(out var logs);
        builder.AddExecutable("tool", "true", ".").WithHealthCheck("nowhere");
        await using var app = builder.Build();

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal("A health check registration is missing. Check logs for more details.", exception.Message);
        Assert.Contains("'nowhere' health check is not registered", logs.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_resource_cannot_wait_for_itself()
    {
        var tool = TestApplication.CreateBuilder().AddExecutable("tool", "true", ".");

        Assert.Throws<DistributedApplicationException>(() => tool.WaitFor(tool));
    }

    [Fact]
    public void An_endpoint_added_twice_is_changed_the_second_time()
    {
        var tool = TestApplication.CreateBuilder().AddExecutable("tool", "true", ".")
            .WithHttpEndpoint(env: "PORT")
            .WithHttpEndpoint(port: 5000);

        var endpoint = Assert.Single(tool.Resource.Annotations.OfType<EndpointAnnotation>());
        Assert.Equal(5000, endpoint.Port);
    }

    [Fact]
    public void A_health_check_over_http_needs_an_endpoint()
    {
        var tool = TestApplication.CreateBuilder().AddExecutable("tool", "true", ".");

        Assert.Throws<DistributedApplicationException>(() => tool.WithHttpHealthCheck("/health"));
    }

    [Fact]
    public async Task A_port_and_another_target_port_are_refused_since_nothing_forwards()
    {
        var builder = TestApplication.CreateBuilder();
        builder.AddExecutable("tool", "true", ".").WithHttpEndpoint(port: 5000, targetPort: 6000);
        await using var app = builder.Build();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => app.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("port 5000 and target port 6000", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reference_expression_is_filled_when_its_values_are_known()
    {
        var builder = TestApplication.CreateBuilder("--Parameters:user_name=a b");
        var user = builder.AddParameter("user-name");
        var tool = builder.AddExecutable("tool", "true", ".").WithHttpEndpoint(port: 5001);
        var expression = ReferenceExpression.Create($"{{x}} {user:uri}@{tool.GetEndpoint("http").Property(EndpointProperty.HostAndPort)}");

        var pending = expression.GetValueAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(pending.IsCompleted);
        var endpoint = tool.GetEndpoint("http").EndpointAnnotation;
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", 5001);

        Assert.Equal("{x} a%20b@localhost:5001", await pending);
        Assert.Equal("{x} {user-name.value}@{tool.bindings.http.hostAndPort}", expression.ValueExpression);
    }

    [Fact]
    public void An_endpoint_that_was_never_declared_is_named_together_with_those_that_were()
    {
        var tool = TestApplication.CreateBuilder().AddExecutable("tool", "true", ".").WithHttpEndpoint(name: "admin");

        var exception = Assert.Throws<InvalidOperationException>(() => tool.GetEndpoint("http").Url);

        Assert.Contains("admin", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localstack/localstack:4.14.0", null, "localstack/localstack", "4.14.0", null)]
    [InlineData("registry:5000/team/image", "registry:5000", "team/image", "latest", null)]
    [InlineData("public.ecr.aws/x/y@sha256:abc", "public.ecr.aws", "x/y", null, "abc")]
    public void The_parts_of_an_image_name_are_told_apart(string image, string? registry, string name, string? tag, string? digest)
    {
        var container = TestApplication.CreateBuilder().AddContainer("box", image);

        var annotation = Assert.Single(container.Resource.Annotations.OfType<ContainerImageAnnotation>());
        Assert.Equal((registry, name, tag, digest), (annotation.Registry, annotation.Image, annotation.Tag, annotation.SHA256));
    }

    [Fact]
    public void A_snapshot_has_a_health_only_while_it_runs()
    {
        var snapshot = new CustomResourceSnapshot { ResourceType = "X", Properties = [], State = KnownResourceStates.Starting };

        Assert.Null(snapshot.HealthStatus);
        Assert.Equal(HealthStatus.Healthy, (snapshot with { State = KnownResourceStates.Running }).HealthStatus);
    }
}
