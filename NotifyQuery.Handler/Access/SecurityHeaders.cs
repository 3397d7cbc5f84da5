namespace NotifyQuery.Handler.Access;

/// <summary>What browsers may do with what they get from here.</summary>
internal static class SecurityHeaders
{
    // The page's scripts and styles come from here; Swagger UI sets styles, and has its icons as data.
    private const string Page =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src "
        + "'self'; "
        + "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    private const string Data = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>Adds the headers to every answer, errors too.</summary>
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) =>
        app.Use(
            (http, next) =>
            {
                http.Response.OnStarting(
                    static state =>
                    {
                        var http = (HttpContext)state;
                        var headers = http.Response.Headers;
                        headers.XContentTypeOptions = "nosniff";
                        headers.XFrameOptions = "DENY"; // for browsers that do not know frame-ancestors
                        headers["Referrer-Policy"] = "no-referrer"; // addresses name users
                        headers.ContentSecurityPolicy = http.Request.Path.StartsWithSegments("/docs") ? Page : Data;
                        return Task.CompletedTask;
                    },
                    http
                );
                return next(http);
            }
        );
}
