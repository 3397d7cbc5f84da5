using Amazon.Lambda.APIGatewayEvents;

namespace OpenTelemetry.Instrumentation.AWSLambda.Implementation;

internal static class Headers
{
    /// <summary>API Gateway sends names in lower case, the test console as they were entered.</summary>
    public static string? Find(APIGatewayHttpApiV2ProxyRequest request, string name) =>
        request.Headers?.FirstOrDefault(header => string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase)).Value;
}
