using System.IO.Compression;
using System.Text;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// Compresses stream records that are too long for an item: with the old and the new image, a record can have twice 400 KB.
/// </summary>
internal static class RecordText
{
    // A stream record is far smaller. Data that decompresses to more was not written by this code.
    private const int Longest = 64 * 1024 * 1024;

    public static byte[] Compress(string text)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return compressed.ToArray();
    }

    /// <summary>The text; null when it was not compressed by <see cref="Compress"/>.</summary>
    public static string? Decompress(MemoryStream compressed)
    {
        try
        {
            compressed.Position = 0;
            using var gzip = new GZipStream(compressed, CompressionMode.Decompress, leaveOpen: true);
            using var text = new MemoryStream();
            var buffer = new byte[16 * 1024];
            for (var read = gzip.Read(buffer); read > 0; read = gzip.Read(buffer))
            {
                if (text.Length + read > Longest)
                    return null;
                text.Write(buffer, 0, read);
            }

            return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>The longest prefix of a text with at most this many UTF-8 bytes. Never cuts a character.</summary>
    public static string Beginning(string text, int bytes)
    {
        var encoded = new byte[bytes];
        Encoding.UTF8.GetEncoder().Convert(text, encoded, flush: false, out var characters, out _, out _);
        return text[..characters];
    }
}
