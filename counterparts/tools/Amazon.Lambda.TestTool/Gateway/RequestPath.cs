using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Amazon.Lambda.TestTool.Gateway;

/// <summary>The path of a request.</summary>
internal static class RequestPath
{
    /// <summary>
    /// The path as sent: only the receiver can decode it, because only it knows what a slash means. Null if there is none.
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
    /// The path without the stage or the mapping key, which routes do not contain, but the event's rawPath does. Null if it has another
    /// prefix.
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
