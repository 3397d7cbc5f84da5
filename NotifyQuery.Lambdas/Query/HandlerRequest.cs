using Amazon.Lambda.APIGatewayEvents;

namespace NotifyQuery.Lambdas.Query;

/// <summary>Converts a request to the gateway to the request to the Handler.</summary>
internal static class HandlerRequest
{
    private static readonly string[] RequestHeaders =
    [
        "access-control-request-headers",
        "access-control-request-method",
        "authorization",
        "if-match",
        "if-none-match",
        "origin",
    ];

    /// <summary>Creates the request to the Handler.</summary>
    /// <param name="request">The request to the gateway.</param>
    /// <param name="handler">The Handler's base address.</param>
    public static HttpRequestMessage Create(APIGatewayHttpApiV2ProxyRequest request, Uri handler)
    {
        // The gateway decodes the path, but not the query string.
        var path = string.Join('/', GatewayEvent.PathOf(request)!.Split('/').Select(Uri.EscapeDataString));
        var query = string.IsNullOrEmpty(request.RawQueryString) ? "" : "?" + request.RawQueryString;
        // Build the URL exactly, and always for the Handler: a relative URL that starts with // would address another host, and .. or a
        // single % would be normalized. Characters that could end the request line are encoded first.
        var address = new Uri(
            handler.GetLeftPart(UriPartial.Authority) + path + Printable(query),
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
        );
        var method = request.RequestContext.Http.Method switch
        {
            "HEAD" => HttpMethod.Get, // the gateway removes the body itself, but needs it for Content-Length
            "CONNECT" => HttpMethod.Trace, // no query supports either, and HttpClient would treat the response to a CONNECT as a tunnel
            var other => new HttpMethod(other),
        };
        var message = new HttpRequestMessage(method, address);
        foreach (var name in RequestHeaders)
            if (request.Headers is { } headers && headers.TryGetValue(name, out var value))
                message.Headers.TryAddWithoutValidation(name, value);
        return message;
    }

    private static string Printable(string query) =>
        query.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? string.Concat(
                query
                    .EnumerateRunes()
                    .Select(rune => rune.Value is >= '!' and <= '~' ? rune.ToString() : Uri.EscapeDataString(rune.ToString()))
            )
            : query;
}
