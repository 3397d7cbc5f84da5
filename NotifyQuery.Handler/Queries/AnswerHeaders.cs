using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace NotifyQuery.Handler.Queries;

/// <summary>ETags and caching rules of responses.</summary>
internal static class AnswerHeaders
{
    // A browser may store personal data; a shared cache must not. The browser revalidates on each use.
    private const string PrivateNoCache = "private, no-cache";
    private const string NoStore = "no-store";
    private const int TagBytes = 16;

    /// <summary>Each response has only one representation. Callers that accept only others still get errors as problem+json.</summary>
    public static IApplicationBuilder IgnoreAcceptHeader(this IApplicationBuilder app) =>
        app.Use(
            (http, next) =>
            {
                http.Request.Headers.Accept = default;
                return next(http);
            }
        );

    /// <summary>Errors apply only to this request at this time, so they must not be stored.</summary>
    public static IApplicationBuilder UseNoStoreForErrors(this IApplicationBuilder app) =>
        app.Use(
            (http, next) =>
            {
                http.Response.OnStarting(
                    static state =>
                    {
                        var response = (HttpResponse)state;
                        if (response.StatusCode < StatusCodes.Status400BadRequest)
                            return Task.CompletedTask;
                        response.Headers.CacheControl = NoStore;
                        response.Headers.Remove(HeaderNames.Pragma);
                        response.Headers.Remove(HeaderNames.Expires);
                        return Task.CompletedTask;
                    },
                    http.Response
                );
                return next(http);
            }
        );

    /// <summary>Allows a caller to store a response in a private cache.</summary>
    /// <param name="response">The response.</param>
    /// <param name="byCaller">Whether the response depends on the caller.</param>
    public static void KeepPrivately(this HttpResponse response, bool byCaller)
    {
        response.Headers.CacheControl = PrivateNoCache;
        if (byCaller)
            response.Headers.Append(HeaderNames.Vary, HeaderNames.Authorization);
    }

    /// <summary>A strong ETag: the same content has the same tag on every Handler.</summary>
    public static EntityTagHeaderValue TagOf(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return new($"\"{Convert.ToHexStringLower(hash[..TagBytes])}\"");
    }
}
