namespace NotifyQuery.Lambdas.Query;

/// <summary>Converts the Handler's response to the response to the caller.</summary>
internal static class HandlerResponse
{
    private static readonly string[] ResponseHeaders =
    [
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "access-control-max-age",
        "allow",
        "cache-control",
        "content-security-policy",
        "content-type",
        "etag",
        "expires",
        "location",
        "pragma",
        "referrer-policy",
        "retry-after",
        "vary",
        "www-authenticate",
        "x-content-type-options",
        "x-frame-options",
    ];

    /// <summary>The headers of the Handler's response that are returned to the caller.</summary>
    /// <param name="response">The Handler's response.</param>
    /// <param name="prefix">The prefix of each path for the caller: the gateway's stage or mapping key; empty for none.</param>
    public static Dictionary<string, string> HeadersOf(HttpResponseMessage response, string prefix)
    {
        var headers = new Dictionary<string, string>();
        // NonValidated returns the values unchanged. The typed headers would split lists.
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            var known = name.ToLowerInvariant();
            // The emulator replaces its own content type only if the header has exactly this case.
            if (ResponseHeaders.Contains(known))
                headers[known == "content-type" ? "Content-Type" : known] = values.ToString();
        }

        // The Handler does not know the stage that precedes each path for the caller.
        if (prefix.Length > 0 && headers.TryGetValue("location", out var location) && location is ['/', not '/', ..])
            headers["location"] = prefix + location;
        return headers;
    }
}
