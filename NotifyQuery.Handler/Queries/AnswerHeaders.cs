using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace NotifyQuery.Handler.Queries;

/// <summary>How answers are told apart, and who may keep them.</summary>
internal static class AnswerHeaders
{
    // A browser may keep what is personal, no cache that others share may; and it asks each time whether it is still true.
    private const string PrivateNoCache = "private, no-cache";
    private const string NoStore = "no-store";
    private const int TagBytes = 16;

    /// <summary>There is one representation of each answer: who accepts only others still learns what is wrong, as problem+json.</summary>
    public static IApplicationBuilder IgnoreAcceptHeader(this IApplicationBuilder app) =>
        app.Use(
            (http, next) =>
            {
                http.Request.Headers.Accept = default;
                return next(http);
            }
        );

    /// <summary>What went wrong is true for the moment, and for this request: nobody keeps it.</summary>
    public static IApplicationBuilder UseUnstoredErrors(this IApplicationBuilder app) =>
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

    /// <summary>Says that a caller may keep his answer, for himself.</summary>
    /// <param name="response">The response.</param>
    /// <param name="byCaller">Whether the answer depends on who asks.</param>
    public static void KeepPrivately(this HttpResponse response, bool byCaller)
    {
        response.Headers.CacheControl = PrivateNoCache;
        if (byCaller)
            response.Headers.Append(HeaderNames.Vary, HeaderNames.Authorization);
    }

    /// <summary>A strong tag: the same content has the same one, at every Handler.</summary>
    public static EntityTagHeaderValue TagOf(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return new($"\"{Convert.ToHexStringLower(hash[..TagBytes])}\"");
    }
}
