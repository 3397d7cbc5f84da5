using System.Text;
using System.Text.Json;
using Aspire.Hosting.AWS.Lambda;

namespace Aspire.Hosting;

public static class APIGatewayExtensions
{
    public static IResourceBuilder<APIGatewayEmulatorResource> AddAWSAPIGatewayEmulator(
        this IDistributedApplicationBuilder builder,
        [ResourceName] string name,
        APIGatewayType apiGatewayType,
        APIGatewayEmulatorOptions? options = null
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder
            .AddResource(new APIGatewayEmulatorResource(name, apiGatewayType))
            .ExcludeFromManifest()
            .WithLambdaTestTool("--api-gateway-emulator-mode", apiGatewayType.ToString())
            .WithHttpEndpoint(port: options?.HttpPort, env: "API_GATEWAY_EMULATOR_PORT");
    }

    /// <summary>
    /// Maps a route to a function. As in the package, each function has one route, and a second route replaces the first.
    /// </summary>
    public static IResourceBuilder<APIGatewayEmulatorResource> WithReference(
        this IResourceBuilder<APIGatewayEmulatorResource> builder,
        IResourceBuilder<LambdaProjectResource> lambda,
        Method httpMethod,
        string path
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(lambda);
        ArgumentNullException.ThrowIfNull(path);
        if (!builder.ApplicationBuilder.ExecutionContext.IsRunMode)
            return builder;

        var name = lambda.Resource.Name;
        var emulator = builder.ApplicationBuilder.Emulator().GetEndpoint("http");
        return builder
            .WithReference(emulator)
            .WithEnvironment(async context =>
            {
                var endpoint = await emulator.GetValueAsync(context.CancellationToken).ConfigureAwait(false);
                context.EnvironmentVariables[$"APIGATEWAY_EMULATOR_ROUTE_CONFIG_{name}"] = Route(name, endpoint, httpMethod, path);
            });
    }

    private static string Route(string function, string? endpoint, Method httpMethod, string path)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("LambdaResourceName", function);
            writer.WriteString("Endpoint", endpoint);
            writer.WriteString("HttpMethod", httpMethod.ToString());
            writer.WriteString("Path", path);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(json.ToArray());
    }
}
