namespace NotifyQuery.Handler.Access;

/// <summary>Security headers for browsers.</summary>
internal static class SecurityHeaders
{
    // The page loads its scripts and styles from this server. Swagger UI sets inline styles and has its icons as data URLs.
    private const string Page =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src "
        + "'self'; "
        + "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    private const string Data = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>Adds the headers to every response, including errors.</summary>
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
                        headers.XFrameOptions = "DENY"; // for browsers without support for frame-ancestors
                        headers["Referrer-Policy"] = "no-referrer"; // URLs contain user ids
                        headers.ContentSecurityPolicy = http.Request.Path.StartsWithSegments("/docs") ? Page : Data;
                        return Task.CompletedTask;
                    },
                    http
                );
                return next(http);
            }
        );
}
