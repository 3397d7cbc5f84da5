using Amazon.Lambda.APIGatewayEvents;

namespace OpenTelemetry.Instrumentation.AWSLambda.Implementation;

internal static class Headers
{
    /// <summary>
    /// Finds a header, case-insensitively: API Gateway sends names in lower case, the test console sends them as entered.
    /// </summary>
    public static string? Find(APIGatewayHttpApiV2ProxyRequest request, string name) =>
        request.Headers?.FirstOrDefault(header => string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase)).Value;
}
