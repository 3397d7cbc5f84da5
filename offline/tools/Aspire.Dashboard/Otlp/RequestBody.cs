using System.IO.Compression;
using Aspire.Dashboard.Store;
using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Otlp;

/// <summary>The body of an export request, within the limits.</summary>
internal static class RequestBody
{
    /// <exception cref="OtlpLimitException">It is longer.</exception>
    public static async Task<ArraySegment<byte>> ReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limit)
            throw TooLong(limit);
        return await ReadAsync(request.Body, (int)(request.ContentLength ?? 0), limit, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="InvalidDataException">It is not compressed by gzip.</exception>
    /// <exception cref="OtlpLimitException">It is longer once decompressed.</exception>
    public static async Task<ArraySegment<byte>> DecompressAsync(ArraySegment<byte> compressed, Limits limits, CancellationToken cancellationToken)
    {
        using var source = new MemoryStream(compressed.Array!, compressed.Offset, compressed.Count, writable: false);
        await using var gzip = new GZipStream(source, CompressionMode.Decompress);
        return await ReadAsync(gzip, compressed.Count, limits.MessageBytes, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<ArraySegment<byte>> ReadAsync(Stream stream, int expected, int limit, CancellationToken cancellationToken)
    {
        var buffer = new byte[Math.Min(limit, Math.Max(expected, 1_024)) + 1];
        var length = 0;
        while (await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            length += read;
            if (length > limit)
                throw TooLong(limit);
            if (length == buffer.Length)
                Array.Resize(ref buffer, Math.Min(limit + 1, buffer.Length * 2));
        }

        return new(buffer, 0, length);
    }

    private static OtlpLimitException TooLong(int limit) => new($"The request is longer than {limit} bytes: send smaller batches.");
}
