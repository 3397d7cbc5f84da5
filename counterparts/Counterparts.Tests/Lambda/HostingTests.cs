using System.Text.Json;
using Amazon.Lambda;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.AWS.Lambda;

namespace Counterparts.Tests.Lambda;

/// <summary>The methods of the hosting package. The resources that they add run in the application's own distributed tests.</summary>
public sealed class HostingTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_function_is_told_its_name_handler_runtime_api_log_settings_and_telemetry()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });
        var function = builder.AddAWSLambdaFunction<SampleFunction>(
            "Query",
            "query",
            new LambdaFunctionOptions { LogFormat = LogFormat.JSON, ApplicationLogLevel = ApplicationLogLevel.WARN }
        );
        var emulator = builder.Resources.OfType<LambdaEmulatorResource>().Single();

        var variables = await VariablesAsync(builder, function.Resource);

        Assert.Equal("LambdaServiceEmulator", emulator.Name);
        var address = Assert.IsType<ReferenceExpression>(variables["AWS_LAMBDA_RUNTIME_API"]);
        Assert.EndsWith("/Query", address.Format, StringComparison.Ordinal);
        Assert.Equal("Query", variables["AWS_LAMBDA_FUNCTION_NAME"]);
        Assert.Equal("query", variables["_HANDLER"]);
        Assert.Equal("JSON", variables["AWS_LAMBDA_LOG_FORMAT"]);
        Assert.Equal("WARN", variables["AWS_LAMBDA_LOG_LEVEL"]);
        Assert.DoesNotContain("AWS_LAMBDA_MAX_CONCURRENCY", variables.Keys);
        Assert.StartsWith("aspire.hosting.aws#13.6.0", variables["AWS_EXECUTION_ENV"].ToString(), StringComparison.Ordinal);
        // the orchestrator puts it in
        Assert.Contains("otel-service-name", variables["OTEL_SERVICE_NAME"].ToString(), StringComparison.Ordinal);
        Assert.Equal("in_memory", variables["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"]);
        Assert.DoesNotContain("ASPNETCORE_URLS", variables.Keys);
        Assert.DoesNotContain("DOTNET_ENVIRONMENT", variables.Keys);
        Assert.DoesNotContain("AWS_REGION", variables.Keys);
        Assert.Contains(
            function.Resource.Annotations.OfType<ResourceRelationshipAnnotation>(),
            r => r.Type == "Parent" && r.Resource == emulator
        );
    }

    [Fact]
    public void The_emulator_cannot_be_added_after_a_function()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });
        builder.AddAWSLambdaFunction<SampleFunction>("Query", "query");

        Assert.Contains(
            "before the first function",
            Assert.Throws<InvalidOperationException>(() => builder.AddAWSLambdaServiceEmulator()).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_handler_of_a_class_library_is_refused_with_the_fix()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });

        var exception = Assert.Throws<DistributedApplicationException>(() =>
            builder.AddAWSLambdaFunction<SampleFunction>("Query", "Assembly::Type::Method")
        );

        Assert.Contains("Make the project an executable", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_route_of_a_function_takes_the_place_of_the_first()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });
        var function = builder.AddAWSLambdaFunction<SampleFunction>("Query", "query");
        var emulator = builder.Resources.OfType<LambdaEmulatorResource>().Single();
        emulator.Annotations.OfType<EndpointAnnotation>().Single().AllocatedEndpoint = new AllocatedEndpoint(
            emulator.Annotations.OfType<EndpointAnnotation>().Single(),
            "localhost",
            5050
        );
        var gateway = builder
            .AddAWSAPIGatewayEmulator("gateway", APIGatewayType.HttpV2)
            .WithReference(function, Method.Get, "/first")
            .WithReference(function, Method.Any, "/second/{id}");

        var variables = await VariablesAsync(builder, gateway.Resource);

        var routes = variables.Where(v => v.Key.StartsWith("APIGATEWAY_EMULATOR_ROUTE_CONFIG", StringComparison.Ordinal)).ToList();
        Assert.Equal("APIGATEWAY_EMULATOR_ROUTE_CONFIG_Query", Assert.Single(routes).Key);
        var route = JsonDocument.Parse(routes[0].Value.ToString()!).RootElement;
        Assert.Equal("Query", route.GetProperty("LambdaResourceName").GetString());
        Assert.Equal("http://localhost:5050", route.GetProperty("Endpoint").GetString());
        Assert.Equal("Any", route.GetProperty("HttpMethod").GetString());
        Assert.Equal("/second/{id}", route.GetProperty("Path").GetString());
    }

    [Fact]
    public async Task A_reference_to_the_SDK_s_settings_gives_region_and_profile_only()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });
        var aws = builder.AddAWSSDKConfig().WithRegion("eu-west-1").WithProfile("dev");
        var resource = builder.AddExecutable("thing", "true", ".").WithReference(aws).Resource;

        var variables = await VariablesAsync(builder, resource);

        Assert.Equal(
            new SortedDictionary<string, object>
            {
                ["AWS__Profile"] = "dev",
                ["AWS_PROFILE"] = "dev",
                ["AWS__Region"] = "eu-west-1",
                ["AWS_REGION"] = "eu-west-1",
            },
            new SortedDictionary<string, object>(variables)
        );
    }

    private static async Task<Dictionary<string, object>> VariablesAsync(IDistributedApplicationBuilder builder, IResource resource)
    {
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, resource, cancellationToken: Cancelled);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToList())
            await annotation.Callback(context);
        return context.EnvironmentVariables;
    }

    /// <summary>The sample function, built with the tests.</summary>
    private sealed class SampleFunction : IProjectMetadata
    {
        public string ProjectPath { get; } =
            System
                .Reflection.CustomAttributeExtensions.GetCustomAttributes<System.Reflection.AssemblyMetadataAttribute>(
                    typeof(HostingTests).Assembly
                )
                .Single(a => a.Key == "samplefunction")
                .Value!;

        public bool SuppressBuild => true;
    }
}
