using Amazon.Lambda.APIGatewayEvents;

namespace NotifyQuery.Lambdas.Query;

/// <summary>The event is not an HTTP API request. The message tells the caller what was expected.</summary>
internal sealed class ForeignEventException(string problem)
    : Exception(
        $"the event is not a request of an API Gateway HTTP API in payload format 2.0: {problem}. Invoke the function only from an HTTP "
            + "API, and set the integration's payload format version to 2.0"
    );

/// <summary>Reads the gateway's request events. The only place that handles stages and custom domains.</summary>
internal static class GatewayEvent
{
    private const string DefaultStage = "$default";
    private const string GreedyVariable = "proxy"; // in the route ANY /{proxy+}

    /// <summary>
    /// Rejects events that are not HTTP API requests: an empty event, the payload of a REST API or of format 1.0, or a scheduled event that
    /// keeps the function warm.
    /// </summary>
    /// <exception cref="ForeignEventException">The event is not an HTTP API request; the message says why.</exception>
    public static void Check(APIGatewayHttpApiV2ProxyRequest? request)
    {
        if (request is null)
            throw new ForeignEventException("it is null");
        if (request.Version is { Length: > 0 } and not "2.0")
            throw new ForeignEventException($"its version is '{Shorten(request.Version)}'");
        if (request.RequestContext is not { } context)
            throw new ForeignEventException("it has no requestContext");
        if (string.IsNullOrEmpty(context.Http?.Method))
            throw new ForeignEventException("it has no requestContext.http.method");
    }

    /// <summary>
    /// The requested path without the prefix of the gateway: the name of a stage other than <c>$default</c>, or the mapping key of a custom
    /// domain. <c>rawPath</c> includes both. The route variable includes neither.
    /// </summary>
    public static string? PathOf(APIGatewayHttpApiV2ProxyRequest request)
    {
        if (request.RawPath is not ['/', ..] path)
            return request.RawPath;
        var rest = path[PrefixLength(request, path)..];
        return rest.Length > 0 ? rest : "/";
    }

    /// <summary>The gateway's prefix of the path, without a trailing slash; empty if there is none.</summary>
    public static string PrefixOf(APIGatewayHttpApiV2ProxyRequest request) =>
        request.RawPath is ['/', ..] path ? path[..PrefixLength(request, path)] : "";

    private static int PrefixLength(APIGatewayHttpApiV2ProxyRequest request, string path)
    {
        if (request.PathParameters is { } variables && variables.TryGetValue(GreedyVariable, out var matched) && matched is { Length: > 0 })
        {
            // The variable may omit a trailing slash.
            foreach (var end in (string[])[$"/{matched}", $"/{matched}/"])
                if (path.EndsWith(end, StringComparison.Ordinal))
                    return path.Length - end.Length;
        }

        // If the path has encoded slashes, it does not end with the variable. The root has no variable at all.
        return
            request.RequestContext.Stage is { Length: > 0 } stage and not DefaultStage
            && (path == $"/{stage}" || path.StartsWith($"/{stage}/", StringComparison.Ordinal))
            ? stage.Length + 1
            : 0;
    }

    private static string Shorten(string text) => text.Length > 20 ? text[..20] + "…" : text;
}
