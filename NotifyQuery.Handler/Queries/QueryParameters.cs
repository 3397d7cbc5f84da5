using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace NotifyQuery.Handler.Queries;

/// <summary>The parameters of the URL: names are case-sensitive, and repeated ones are grouped.</summary>
internal static class QueryParameters
{
    // This byte is never valid in UTF-8, so it is decoded to U+FFFD.
    private const byte Invalid = 0xFF;

    public static List<KeyValuePair<string, IReadOnlyList<string>>> Read(string? queryString)
    {
        var parameters = new List<(string Name, string Value)>();
        foreach (var pair in new QueryStringEnumerable(queryString))
            parameters.Add((Decode(pair.EncodedName.Span), Decode(pair.EncodedValue.Span)));
        return
        [
            .. parameters
                .GroupBy(p => p.Name, p => p.Value, StringComparer.Ordinal)
                .Select(group => KeyValuePair.Create<string, IReadOnlyList<string>>(group.Key, [.. group])),
        ];
    }

    /// <summary>
    /// Text that is not valid percent-encoded UTF-8 becomes U+FFFD, and the parser rejects that parameter by name. ASP.NET's own decoding
    /// leaves such text unchanged, so %FF would mean the same as %25FF.
    /// </summary>
    private static string Decode(ReadOnlySpan<char> encoded)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(encoded)];
        Encoding.UTF8.GetBytes(encoded, bytes);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var value = bytes[i];
            if (value == '+')
                value = (byte)' ';
            else if (value == '%' && TryReadHex(bytes.AsSpan(i + 1), out value))
                i += 2;
            bytes[length++] = value;
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static bool TryReadHex(ReadOnlySpan<byte> digits, out byte value)
    {
        if (digits.Length >= 2 && byte.TryParse(digits[..2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value))
            return true;
        value = Invalid;
        return false;
    }
}
