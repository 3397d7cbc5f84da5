using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace NotifyQuery.LambdaEmulator.Gateway;

/// <summary>The path of a request.</summary>
internal static class RequestPath
{
    /// <summary>
    /// The path as sent. Only the final receiver can decode it, because only the receiver knows what a slash means. Null if there is none.
    /// </summary>
    public static string? Raw(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!target.StartsWith('/') && Uri.TryCreate(target, UriKind.Absolute, out var absolute))
            return absolute.AbsolutePath;
        var end = target.IndexOf('?', StringComparison.Ordinal);
        var path = end < 0 ? target : target[..end];
        return path.StartsWith('/') ? path : null;
    }

    /// <summary>
    /// The path without the stage or the mapping key. Routes do not contain that prefix, but the event's rawPath does. Null if the path has
    /// another prefix.
    /// </summary>
    public static string? WithoutPrefix(string rawPath, string prefix)
    {
        if (!rawPath.StartsWith(prefix, StringComparison.Ordinal))
            return null;
        var path = rawPath[prefix.Length..];
        return path.Length == 0 ? "/"
            : path.StartsWith('/') ? path
            : null;
    }
}
