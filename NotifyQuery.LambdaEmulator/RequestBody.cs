using Microsoft.AspNetCore.Http;

namespace NotifyQuery.LambdaEmulator;

internal static class RequestBody
{
    /// <summary>The whole body in an array of its own, or null if it is longer than the limit.</summary>
    public static async ValueTask<byte[]?> ReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        if (request.ContentLength is { } length)
        {
            if (length > limit)
                return null;
            var body = new byte[length];
            await request.Body.ReadExactlyAsync(body, cancellationToken);
            return body;
        }

        using var growing = new MemoryStream();
        var part = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(part, cancellationToken)) > 0)
        {
            if (growing.Length + read > limit)
                return null;
            growing.Write(part, 0, read);
        }

        return growing.ToArray();
    }
}
