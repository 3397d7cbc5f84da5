using System.Globalization;
using System.Text;

namespace NotifyQuery.DynamoDB.Http;

/// <summary>
/// Handles text that is not valid Unicode in the AWS SDK. DynamoDB accepts JSON with half of a surrogate pair as an escape
/// (<c>"\ud83d"</c>), and DynamoDB Local returns the escape unchanged. The SDK's reader throws for such text, and the whole page fails:
/// every other record of a stream, every other item of a scan. Therefore a marker replaces the escape before the SDK reads it. The marker
/// cannot occur in text by chance. In a request, the escape replaces the marker again, so a key is sent back to DynamoDB unchanged.
/// </summary>
public static class LoneSurrogates
{
    private const int EscapeLength = 6; // \uXXXX
    private const int DigitsLength = 4;

    // Letters and digits only, because no JSON writer escapes them. Random for each process, so nobody can store it in a table.
    private static readonly string Mark = $"lonesurrogate{Guid.NewGuid():N}";
    private static readonly byte[] MarkBytes = Encoding.ASCII.GetBytes(Mark);

    private static volatile bool wereMet;

    /// <summary>Whether this process has read a lone surrogate. Until then, no request can contain a marker.</summary>
    public static bool WereMet => wereMet;

    /// <summary>Whether a text from the SDK contains half of a surrogate pair.</summary>
    public static bool IsIn(string text) => text.Contains(Mark, StringComparison.Ordinal);

    /// <summary>The text for display: U+FFFD in place of each lone surrogate.</summary>
    public static string Display(string text)
    {
        for (var at = text.IndexOf(Mark, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Mark, StringComparison.Ordinal))
            text = string.Concat(text.AsSpan(0, at), "\uFFFD", text.AsSpan(Math.Min(text.Length, at + Mark.Length + DigitsLength)));
        return text;
    }

    /// <summary>Replaces each lone surrogate in JSON by a marker; null when there is none.</summary>
    public static byte[]? Hide(ReadOnlySpan<byte> json)
    {
        MemoryStream? hidden = null;
        var copied = 0;
        for (var at = 0; ; )
        {
            var escape = json[at..].IndexOf((byte)'\\');
            if (escape < 0)
                break;
            at += escape;
            if (!TryReadEscape(json[at..], out var first))
            {
                at += 2; // any other escape has two characters here
            }
            else if (
                char.IsHighSurrogate(first)
                && TryReadEscape(json[Math.Min(json.Length, at + EscapeLength)..], out var second)
                && char.IsLowSurrogate(second)
            )
            {
                at += 2 * EscapeLength;
            }
            else
            {
                if (char.IsSurrogate(first))
                {
                    wereMet = true;
                    hidden ??= new(json.Length + MarkBytes.Length);
                    hidden.Write(json[copied..at]);
                    hidden.Write(MarkBytes);
                    hidden.Write(json.Slice(at + 2, DigitsLength));
                    copied = at + EscapeLength;
                }

                at += EscapeLength;
            }

            if (at >= json.Length)
                break;
        }

        hidden?.Write(json[copied..]);
        return hidden?.ToArray();
    }

    /// <summary>Replaces each marker in JSON by the escape of its lone surrogate; null when there is none.</summary>
    public static byte[]? Restore(ReadOnlySpan<byte> json)
    {
        if (!wereMet)
            return null;
        var at = json.IndexOf(MarkBytes);
        if (at < 0)
            return null;
        using var restored = new MemoryStream(json.Length);
        while (at >= 0)
        {
            restored.Write(json[..at]);
            restored.Write("\\u"u8);
            json = json[(at + MarkBytes.Length)..];
            at = json.IndexOf(MarkBytes);
        }

        restored.Write(json);
        return restored.ToArray();
    }

    private static bool TryReadEscape(ReadOnlySpan<byte> json, out char value)
    {
        value = default;
        if (
            json.Length < EscapeLength
            || json[0] != '\\'
            || json[1] != 'u'
            || !ushort.TryParse(json.Slice(2, DigitsLength), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
        )
            return false;
        value = (char)unit;
        return true;
    }
}
