using Amazon.Lambda.APIGatewayEvents;

namespace NotifyQuery.Lambdas.Query;

/// <summary>An event that is no request of an HTTP API. The caller of the function is told what was expected.</summary>
internal sealed class ForeignEventException(string problem)
    : Exception(
        $"the event is no request of an API Gateway HTTP API in payload format 2.0: {problem}. Send the function such events only: set the "
            + "integration's payload format version to 2.0"
    );

/// <summary>What an event of the gateway says of its request: the one place that knows how stages and custom domains show in it.</summary>
internal static class GatewayEvent
{
    private const string DefaultStage = "$default";
    private const string GreedyVariable = "proxy"; // of the route ANY /{proxy+}

    /// <summary>
    /// Refuses what is none: an empty event, the payload of a REST API or of format 1.0, a scheduled event that is to keep the function
    /// warm.
    /// </summary>
    /// <exception cref="ForeignEventException">It is none; the message says why.</exception>
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
    /// The path that was asked for, without what the gateway puts before it: the name of a stage other than <c>$default</c>, or the mapping
    /// key of a custom domain. Both stand in <c>rawPath</c>; what the route's variable matched has neither.
    /// </summary>
    public static string? PathOf(APIGatewayHttpApiV2ProxyRequest request)
    {
        if (request.RawPath is not ['/', ..] path)
            return request.RawPath;
        var rest = path[PrefixLength(request, path)..];
        return rest.Length > 0 ? rest : "/";
    }

    /// <summary>What the gateway puts before the path, without a slash at its end; empty where it puts nothing.</summary>
    public static string PrefixOf(APIGatewayHttpApiV2ProxyRequest request) =>
        request.RawPath is ['/', ..] path ? path[..PrefixLength(request, path)] : "";

    private static int PrefixLength(APIGatewayHttpApiV2ProxyRequest request, string path)
    {
        if (request.PathParameters is { } variables && variables.TryGetValue(GreedyVariable, out var matched) && matched is { Length: > 0 })
        {
            // A slash at the end may be left out of the variable.
            foreach (var end in (string[])[$"/{matched}", $"/{matched}/"])
                if (path.EndsWith(end, StringComparison.Ordinal))
                    return path.Length - end.Length;
        }

        // A path with encoded slashes is not the text of the variable, and the root has no variable at all.
        return
            request.RequestContext.Stage is { Length: > 0 } stage and not DefaultStage
            && (path == $"/{stage}" || path.StartsWith($"/{stage}/", StringComparison.Ordinal))
            ? stage.Length + 1
            : 0;
    }

    private static string Shorten(string text) => text.Length > 20 ? text[..20] + "…" : text;
}
