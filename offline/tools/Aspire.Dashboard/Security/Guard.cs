using Aspire.Dashboard.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Security;

/// <summary>
/// Keeps pages of other sites out. A name that someone else's server resolves to this machine comes with that name as its Host; a page
/// elsewhere comes with its Origin. Neither is served, and no page of ours is shown within another.
/// </summary>
internal static class Guard
{
    private static readonly string[] s_loopbackNames = ["127.0.0.1", "localhost", "[::1]"];

    public static void Use(WebApplication app, DashboardOptions options)
    {
        // Names that were given in the settings are our own as well.
        HashSet<string> names = new([.. s_loopbackNames, options.Frontend.Host], StringComparer.OrdinalIgnoreCase);
        app.Use((context, next) =>
        {
            AddHeaders(context.Response.Headers);
            var host = context.Request.Host;
            if (!names.Contains(host.Host) || host.Port is { } port && port != context.Connection.LocalPort)
                return ErrorAnswer.WriteAsync(context, StatusCodes.Status403Forbidden, $"'{host}' is not a name of this dashboard: open it as {options.Frontend}");
            if (!IsOwnOrigin(context.Request))
                return ErrorAnswer.WriteAsync(context, StatusCodes.Status403Forbidden, "Requests from other pages are refused.");
            if (context.Request.Path.StartsWithSegments("/api") && HttpMethods.IsPost(context.Request.Method)
                && context.Request.Headers["X-Requested-With"] != "dashboard")
            {
                return ErrorAnswer.WriteAsync(context, StatusCodes.Status403Forbidden, "The header 'X-Requested-With: dashboard' is missing.");
            }

            return next(context);
        });
    }

    private static bool IsOwnOrigin(HttpRequest request)
    {
        // A link on another page may lead here; nothing else of it may come in, not even to be read.
        if (request.Headers["Sec-Fetch-Site"] == "cross-site" && request.Headers["Sec-Fetch-Mode"] != "navigate")
            return false;
        var origin = request.Headers.Origin;
        return origin.Count == 0 || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }

    private static void AddHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        headers.CacheControl = "no-store";
    }
}
