using System.Globalization;
using System.Text;

namespace NotifyQuery.DynamoDB.Http;

/// <summary>
/// Text that is not Unicode, on its way through the AWS SDK. DynamoDB takes JSON, JSON can hold half of a surrogate pair as an escape
/// (<c>"\ud83d"</c>), and DynamoDB Local gives it back as it came. The SDK's reader throws for such text, and with it goes a whole page:
/// every other record of a stream, every other item of a scan. So the escape is replaced before the SDK sees it, by a mark that no text
/// can hold by chance, and a mark that is sent becomes the escape again: a key goes back to the engine as it came.
/// </summary>
public static class LoneSurrogates
{
    private const int EscapeLength = 6; // \uXXXX
    private const int DigitsLength = 4;

    // Letters and digits alone: no JSON writer escapes them. Chosen by each process, so that nobody can write it into a table.
    private static readonly string Mark = $"lonesurrogate{Guid.NewGuid():N}";
    private static readonly byte[] MarkBytes = Encoding.ASCII.GetBytes(Mark);

    private static volatile bool wereMet;

    /// <summary>Whether there was any in this process: until then nothing that is sent can hold a mark.</summary>
    public static bool WereMet => wereMet;

    /// <summary>Whether a text that the SDK gave holds half of a surrogate pair.</summary>
    public static bool IsIn(string text) => text.Contains(Mark, StringComparison.Ordinal);

    /// <summary>The text for people: U+FFFD in the place of each lone surrogate.</summary>
    public static string Display(string text)
    {
        for (var at = text.IndexOf(Mark, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Mark, StringComparison.Ordinal))
            text = string.Concat(text.AsSpan(0, at), "\uFFFD", text.AsSpan(Math.Min(text.Length, at + Mark.Length + DigitsLength)));
        return text;
    }

    /// <summary>JSON in which each lone surrogate is marked; null when there is none in it.</summary>
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
                at += 2; // another escape, of two characters
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

    /// <summary>JSON in which each mark is the escape of its lone surrogate again; null when there is no mark in it.</summary>
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
