using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Amazon.Lambda.TestTool;

/// <summary>
/// Who may call a server that is meant for this machine alone. A web page that a browser here shows can send it requests too: under a name
/// of its own that leads to 127.0.0.1 (DNS rebinding; then it may read the answers), or blindly across origins.
/// </summary>
internal static class LocalCallers
{
    /// <summary>Refuses requests under another name than this machine's, and those that a web page has a browser make.</summary>
    /// <param name="server">The server.</param>
    /// <param name="host">The name or address that it was told to listen on: its callers may use it.</param>
    /// <param name="pagesMayRead">
    /// Whether pages of other origins may ask with CORS, which lets them read only what the answer permits. Without it no page gets in.
    /// </param>
    public static void AdmitOnlyLocalCallers(this IApplicationBuilder server, string host, bool pagesMayRead) => server.Use((context, next) =>
    {
        var headers = context.Request.Headers;
        if (context.Request.Host is { HasValue: true } asked && !IsLocal(asked.Host) && !string.Equals(asked.Host.Trim('[', ']'), host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase))
            return RefuseAsync(context, $"This server is asked as localhost, 127.0.0.1 or [::1], not as '{asked.Host}'.");
        if (pagesMayRead)
        {
            // A request that CORS applies to says so; any other one across sites is a page's that could not read the answer anyway.
            if (headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site" && headers["Sec-Fetch-Mode"].ToString() is not ("cors" or "navigate"))
                return RefuseAsync(context, "A web page of another site may ask here only with CORS.");
        }
        else if (headers.Origin.Count > 0 || headers["Sec-Fetch-Site"].ToString() is not ("" or "none"))
        {
            return RefuseAsync(context, "This server is not for web pages.");
        }

        return next(context);
    });

    private static bool IsLocal(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && (address.Equals(IPAddress.Loopback) || address.Equals(IPAddress.IPv6Loopback)));

    private static Task RefuseAsync(HttpContext context, string reason)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(reason, context.RequestAborted);
    }
}
