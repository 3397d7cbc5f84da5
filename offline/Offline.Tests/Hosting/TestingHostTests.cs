using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Hosting;

namespace Offline.Tests.Hosting;

/// <summary>The sample AppHost and its projects, built by the targets and run in this process.</summary>
public sealed class TestingHostTests
{
    [Fact]
    public async Task A_project_gets_its_launch_profile_its_variables_and_its_references()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Hosting_SampleHost>(["--Greeting=hello"], Wait.Limit);
        await using var app = await builder.BuildAsync(Wait.Limit);
        await app.StartAsync(Wait.Limit);

        using var child = app.CreateHttpClient("child");
        Assert.Equal("hello", await child.GetStringAsync("/env/GREETING", Wait.Limit));
        Assert.Equal("profile", await child.GetStringAsync("/env/FROM_PROFILE", Wait.Limit));
        Assert.Equal("Development", await child.GetStringAsync("/env/ASPNETCORE_ENVIRONMENT", Wait.Limit));
        Assert.Equal("child", await child.GetStringAsync("/env/OTEL_SERVICE_NAME", Wait.Limit));
        Assert.Equal("1000", await child.GetStringAsync("/env/OTEL_BSP_SCHEDULE_DELAY", Wait.Limit));
        Assert.Equal("--from|launch profile", await child.GetStringAsync("/args", Wait.Limit));
        Assert.EndsWith("Hosting.Sample-Child", await child.GetStringAsync("/directory", Wait.Limit), StringComparison.Ordinal);

        await app.ResourceNotifications.WaitForResourceHealthyAsync("second", Wait.Limit);
        using var second = app.CreateHttpClient("second", "http");
        var address = app.GetEndpoint("child").ToString().TrimEnd('/');
        Assert.Equal(address, await second.GetStringAsync("/env/services__child__http__0", Wait.Limit));
        Assert.Equal(address, await second.GetStringAsync("/env/CHILD_HTTP", Wait.Limit));
        Assert.Equal("(not set)", await second.GetStringAsync("/env/FROM_PROFILE", Wait.Limit));
        Assert.Equal("(not set)", await second.GetStringAsync("/env/ASPNETCORE_ENVIRONMENT", Wait.Limit));
        Assert.Equal("one|two words", await second.GetStringAsync("/args", Wait.Limit));
        Assert.Equal(KnownResourceStates.Running, app.StateOf("second").State?.Text);
    }

    [Fact]
    public async Task Two_app_hosts_run_side_by_side_and_disposing_one_leaves_the_other()
    {
        var first = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Hosting_SampleHost>(["--Greeting=1"], Wait.Limit);
        var second = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Hosting_SampleHost>(["--Greeting=2"], Wait.Limit);
        await using var firstApp = await first.BuildAsync(Wait.Limit);
        await using var secondApp = await second.BuildAsync(Wait.Limit);
        await Task.WhenAll(firstApp.StartAsync(Wait.Limit), secondApp.StartAsync(Wait.Limit));
        using var secondChild = secondApp.CreateHttpClient("child");

        Assert.NotEqual(firstApp.GetEndpoint("child"), secondApp.GetEndpoint("child"));
        using var firstChild = firstApp.CreateHttpClient("child");
        Assert.Equal("1", await firstChild.GetStringAsync("/env/GREETING", Wait.Limit));
        await firstApp.DisposeAsync();

        Assert.Equal("2", await secondChild.GetStringAsync("/env/GREETING", Wait.Limit));
        await Assert.ThrowsAsync<HttpRequestException>(() => firstChild.GetStringAsync("/health", Wait.Limit));
    }

    [Fact]
    public async Task What_the_entry_point_throws_comes_out_of_creating_it()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => DistributedApplicationTestingBuilder.CreateAsync<Projects.Hosting_SampleHost>(["--Fail=no luck today"], Wait.Limit));

        Assert.Equal("no luck today", exception.Message);
    }

    [Fact]
    public async Task The_launch_profile_of_the_app_host_is_its_configuration_and_the_model_can_still_be_changed()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Hosting_SampleHost>([],
            (options, settings) =>
            {
                Assert.True(options.DisableDashboard);
                options.EnableResourceLogging = false;
            }, Wait.Limit);

        Assert.True(builder.Environment.IsDevelopment());
        Assert.Equal("yes", builder.Configuration["FROM_HOST_PROFILE"]);
        Assert.Equal("true", builder.Configuration["DcpPublisher:RandomizePorts"]);
        builder.CreateResourceBuilder<ProjectResource>("child").WithEnvironment("GREETING", "from the test");
        await using var app = await builder.BuildAsync(Wait.Limit);
        await app.StartAsync(Wait.Limit);
        using var child = app.CreateHttpClient("child");

        Assert.Equal("from the test", await child.GetStringAsync("/env/GREETING", Wait.Limit));
        Assert.Throws<ArgumentException>(() => app.GetEndpoint("nobody"));
        Assert.Throws<ArgumentException>(() => app.GetEndpoint("child", "https"));
    }

    [Fact]
    public async Task A_builder_that_is_never_built_can_be_disposed()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Hosting_SampleHost>(Wait.Limit);

        await builder.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Wait.Limit);
    }
}
