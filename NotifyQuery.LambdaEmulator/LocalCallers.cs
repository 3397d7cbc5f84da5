using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace NotifyQuery.LambdaEmulator;

/// <summary>
/// Protects a server that is only for this machine. A web page in a browser on this machine can send requests to the server, too: with a
/// host name that resolves to 127.0.0.1 (DNS rebinding, which lets the page read responses), or blindly across origins.
/// </summary>
internal static class LocalCallers
{
    /// <summary>Refuses requests with a foreign host name, and requests from web pages.</summary>
    /// <param name="server">The server.</param>
    /// <param name="host">The name or address on which the server listens, which its callers may use.</param>
    /// <param name="pagesMayRead">
    /// Whether pages of other origins may send CORS requests, whose responses they can read only if the response permits it. If not, all
    /// requests from pages are refused.
    /// </param>
    public static void AdmitOnlyLocalCallers(this IApplicationBuilder server, string host, bool pagesMayRead) =>
        server.Use(
            (context, next) =>
            {
                var headers = context.Request.Headers;
                if (
                    context.Request.Host is { HasValue: true } asked
                    && !IsLocal(asked.Host)
                    && !string.Equals(asked.Host.Trim('[', ']'), host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase)
                )
                    return RefuseAsync(
                        context,
                        $"This server answers only for the hosts localhost, 127.0.0.1 and [::1], not for '{asked.Host}'."
                    );
                if (pagesMayRead)
                {
                    // A browser marks CORS requests (Sec-Fetch-Mode). Any other cross-site request comes from a page that could not read
                    // the response.
                    if (
                        headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
                        && headers["Sec-Fetch-Mode"].ToString() is not ("cors" or "navigate")
                    )
                        return RefuseAsync(context, "A web page of another site may send requests only with CORS.");
                }
                else if (headers.Origin.Count > 0 || headers["Sec-Fetch-Site"].ToString() is not ("" or "none"))
                {
                    return RefuseAsync(context, "This server does not answer web pages.");
                }

                return next(context);
            }
        );

    private static bool IsLocal(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && (address.Equals(IPAddress.Loopback) || address.Equals(IPAddress.IPv6Loopback)));

    private static Task RefuseAsync(HttpContext context, string reason)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(reason, context.RequestAborted);
    }
}
