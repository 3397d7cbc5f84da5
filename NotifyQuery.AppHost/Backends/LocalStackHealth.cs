using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace NotifyQuery.AppHost.Backends;

internal static class LocalStackHealthExtensions
{
    /// <summary>The resource is healthy when its DynamoDB is.</summary>
    public static void WithLocalStackHealthCheck<T>(this IResourceBuilder<T> builder, EndpointReference endpoint)
        where T : IResource
    {
        var key = $"{builder.Resource.Name}_localstack_dynamodb";
        builder
            .ApplicationBuilder.Services.AddHealthChecks()
            .Add(
                new HealthCheckRegistration(
                    key,
                    _ => new LocalStackHealth(() => endpoint.IsAllocated ? new Uri(endpoint.Url) : null),
                    failureStatus: null,
                    tags: null
                )
            );
        builder.WithHealthCheck(key);
    }
}

/// <summary>
/// Reads the state of LocalStack's DynamoDB. A response from LocalStack alone is not enough: its gateway returns status 200 while the
/// services behind it are still starting.
/// </summary>
/// <param name="address">The address of LocalStack; null until it is known.</param>
internal sealed class LocalStackHealth(Func<Uri?> address) : IHealthCheck
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
    {
        Timeout = TimeSpan.FromSeconds(5),
        MaxResponseContentBufferSize = 256 * 1024,
    };

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (address() is not { } server)
            return HealthCheckResult.Unhealthy("LocalStack has no address yet.");
        try
        {
            return Judge(await Http.GetByteArrayAsync(new Uri(server, "/_localstack/health"), cancellationToken));
        }
        catch (HttpRequestException exception)
        {
            return HealthCheckResult.Unhealthy("LocalStack does not respond.", exception);
        }
        catch (JsonException exception)
        {
            return HealthCheckResult.Unhealthy("LocalStack's response is not JSON.", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("The request to LocalStack timed out.", exception);
        }
    }

    private static HealthCheckResult Judge(ReadOnlyMemory<byte> answer)
    {
        using var json = JsonDocument.Parse(answer);
        var state =
            json.RootElement is { ValueKind: JsonValueKind.Object } root
            && root.TryGetProperty("services", out var services)
            && services.ValueKind == JsonValueKind.Object
            && services.TryGetProperty("dynamodb", out var dynamodb)
            && dynamodb.ValueKind == JsonValueKind.String
                ? dynamodb.GetString()
                : null;
        return state switch
        {
            // "available": the first request starts the service. "running": the service is running.
            "available" or "running" => HealthCheckResult.Healthy(),
            null => HealthCheckResult.Unhealthy("LocalStack's response does not contain the state of DynamoDB."),
            _ => HealthCheckResult.Unhealthy($"DynamoDB in LocalStack is '{state}'."),
        };
    }
}
