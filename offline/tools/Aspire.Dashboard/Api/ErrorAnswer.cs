using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Api;

internal static class ErrorAnswer
{
    public static Task WriteAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(message, context.RequestAborted);
    }
}
