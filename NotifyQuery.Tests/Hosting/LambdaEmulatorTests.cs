using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using NotifyQuery.AppHost;
using NotifyQuery.AppHost.Emulators;
using NotifyQuery.Tests.Deploy;
using static NotifyQuery.Tests.Hosting.GivenSettings;

namespace NotifyQuery.Tests.Hosting;

/// <summary>Which program emulates Lambda and API Gateway, and what each of them is started with.</summary>
public sealed class LambdaEmulatorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nuget", null, LambdaEmulatorKind.TestTool)]
    [InlineData("nuget", "", LambdaEmulatorKind.TestTool)]
    [InlineData("nuget", "testtool", LambdaEmulatorKind.TestTool)]
    [InlineData("nuget", "notifyquery", LambdaEmulatorKind.NotifyQuery)]
    [InlineData("counterparts", null, LambdaEmulatorKind.NotifyQuery)]
    [InlineData("counterparts", "", LambdaEmulatorKind.NotifyQuery)]
    [InlineData("counterparts", "notifyquery", LambdaEmulatorKind.NotifyQuery)]
    public void The_test_tool_is_the_default_where_a_package_installs_it(string mode, string? value, object chosen) =>
        Assert.Equal((LambdaEmulatorKind)chosen, LambdaEmulatorChoice.Choose(value, mode));

    [Fact]
    public void The_test_tool_is_refused_with_the_fix_where_nothing_installs_it()
    {
        var refused = Assert.Throws<SettingsException>(() => LambdaEmulatorChoice.Choose("testtool", "counterparts"));

        Assert.Equal(
            "NotifyQuery:LambdaEmulator is testtool, but nothing installs the Lambda test tool in the package mode counterparts: leave the "
                + "setting out, or build with a feed that has Aspire.Hosting.AWS (delete .package-mode.props to ask the feed again).",
            refused.Message
        );
    }

    [Theory]
    [InlineData("nuget")]
    [InlineData("counterparts")]
    public void Another_value_is_refused_with_the_accepted_ones(string mode) =>
        Assert.Equal(
            "NotifyQuery:LambdaEmulator is 'TestTool': it must be testtool or notifyquery.",
            Assert.Throws<SettingsException>(() => LambdaEmulatorChoice.Choose("TestTool", mode)).Message
        );

    [Fact]
    public void The_choice_is_read_from_the_configuration_and_shown_in_the_summary()
    {
        Assert.True(TryRead(out var settings, out var problem, ("NotifyQuery:LambdaEmulator", "notifyquery")), problem);
        Assert.Equal(LambdaEmulatorKind.NotifyQuery, settings!.LambdaEmulator);
        Assert.EndsWith(", Lambda emulator notifyquery", settings.Summary, StringComparison.Ordinal);

        Assert.False(TryRead(out _, out problem, ("NotifyQuery:LambdaEmulator", "other")));
        Assert.Equal("NotifyQuery:LambdaEmulator is 'other': it must be testtool or notifyquery.", problem);
    }

    [Fact]
    public async Task The_test_tool_is_started_by_dotnet()
    {
        var builder = NewBuilder();
        var lambda = builder.AddLambdaEmulator(LambdaEmulatorKind.TestTool, null).Resource;
        var gateway = builder.AddHttpApi("gateway", LambdaEmulatorKind.TestTool, null).Resource;

        Assert.All([lambda, (ExecutableResource)gateway], resource => Assert.Equal("dotnet", resource.Command));
        Assert.Equal(["lambda-test-tool", "start", "--no-launch-window"], (await ArgumentsAsync(lambda)).Take(3));
        Assert.Equal(
            ["lambda-test-tool", "start", "--no-launch-window", "--api-gateway-emulator-mode", "HttpV2"],
            await ArgumentsAsync(gateway)
        );
        foreach (var resource in (ExecutableResource[])[lambda, gateway])
        {
            var path = (await VariablesAsync(builder, resource))["PATH"].ToString();
            Assert.EndsWith(Path.Combine(".dotnet", "tools"), path, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_emulator_of_this_repository_is_started_with_the_same_arguments_from_its_build_output()
    {
        var builder = NewBuilder();
        var lambda = builder.AddLambdaEmulator(LambdaEmulatorKind.NotifyQuery, 5051).Resource;
        var gateway = builder.AddHttpApi("gateway", LambdaEmulatorKind.NotifyQuery, 8081).Resource;

        Assert.All(
            [lambda, (ExecutableResource)gateway],
            resource =>
            {
                Assert.Contains("NotifyQuery.LambdaEmulator", Path.GetFileName(resource.Command), StringComparison.Ordinal);
                Assert.True(File.Exists(resource.Command), resource.Command);
                Assert.Equal(Repository.PathOf("NotifyQuery.LambdaEmulator"), resource.WorkingDirectory);
            }
        );
        Assert.Equal(["start", "--no-launch-window"], await ArgumentsAsync(lambda));
        Assert.Equal(["start", "--no-launch-window", "--api-gateway-emulator-mode", "HttpV2"], await ArgumentsAsync(gateway));
        Assert.Equal(5051, Assert.Single(lambda.Annotations.OfType<EndpointAnnotation>()).Port);
        Assert.Equal(8081, Assert.Single(gateway.Annotations.OfType<EndpointAnnotation>()).Port);
    }

    [Theory]
    [InlineData(LambdaEmulatorKind.TestTool, null)]
    [InlineData(LambdaEmulatorKind.NotifyQuery, "16")]
    public async Task Only_the_emulator_of_this_repository_serves_several_loops_of_a_function(object chosen, string? concurrency)
    {
        var emulator = (LambdaEmulatorKind)chosen;
        var builder = NewBuilder();
        var lambda = builder.AddLambdaEmulator(emulator, null);

        var function = builder.AddAWSLambdaFunction<Projects.NotifyQuery_Lambdas>("Query", "query").ServedBy(lambda, emulator).Resource;

        Assert.Equal(concurrency, (await VariablesAsync(builder, function)).GetValueOrDefault("AWS_LAMBDA_MAX_CONCURRENCY"));
        Assert.Equal(
            emulator is LambdaEmulatorKind.TestTool,
            function.Annotations.OfType<WaitAnnotation>().Any(wait => wait.Resource == lambda.Resource)
        );
    }

    private static IDistributedApplicationBuilder NewBuilder() =>
        DistributedApplication.CreateBuilder(
            new DistributedApplicationOptions { AssemblyName = "NotifyQuery.AppHost", DisableDashboard = true }
        );

    private static async Task<IEnumerable<string?>> ArgumentsAsync(IResource resource)
    {
        var context = new CommandLineArgsCallbackContext([], resource, Token);
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
            await annotation.Callback(context);
        return context.Args.Select(argument => argument.ToString());
    }

    private static async Task<Dictionary<string, object>> VariablesAsync(IDistributedApplicationBuilder builder, IResource resource)
    {
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, resource, cancellationToken: Token);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToList())
            await annotation.Callback(context);
        return context.EnvironmentVariables;
    }
}
