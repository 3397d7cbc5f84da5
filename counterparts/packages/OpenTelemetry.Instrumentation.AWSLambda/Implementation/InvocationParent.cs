using System.Diagnostics;
using Amazon.Lambda.APIGatewayEvents;
using Amazon.Lambda.Core;
using OpenTelemetry.Context.Propagation;

namespace OpenTelemetry.Instrumentation.AWSLambda.Implementation;

/// <summary>The parent span of an invocation: from the event's headers, or else from Lambda's own X-Ray trace.</summary>
internal static class InvocationParent
{
    public static bool UseXRay { get; set; } = true;

    public static ActivityContext Of<TInput>(TInput input)
    {
        var parent = input is APIGatewayHttpApiV2ProxyRequest request
            ? Propagators
                .DefaultTextMapPropagator.Extract(default, request, static (carrier, name) => Headers.Find(carrier, name)?.Split(','))
                .ActivityContext
            : default;
        return parent == default && UseXRay ? FromXRay(LambdaTraceProvider.CurrentTraceId) : parent;
    }

    /// <summary>Parses <c>Root=1-{8 hex digits}-{24};Parent={16};Sampled={0|1}</c>, in any order and with other parts in between.</summary>
    private static ActivityContext FromXRay(string? header)
    {
        string? trace = null,
            span = null;
        var flags = ActivityTraceFlags.None;
        foreach (var part in header?.Split(';', StringSplitOptions.TrimEntries) ?? [])
        {
            if (part.StartsWith("Root=1-", StringComparison.Ordinal))
                trace = part["Root=1-".Length..].Replace("-", "", StringComparison.Ordinal);
            else if (part.StartsWith("Parent=", StringComparison.Ordinal))
                span = part["Parent=".Length..];
            else if (part == "Sampled=1")
                flags = ActivityTraceFlags.Recorded;
        }
        return ActivityContext.TryParse($"00-{trace}-{span}-0{(int)flags}", null, isRemote: true, out var context) ? context : default;
    }
}
