using System.Globalization;
using System.Text;

namespace NotifyQuery.Core.Notifications;

/// <summary>
/// Rules for text from outside. DynamoDB may contain text that is not valid Unicode: a client that cuts text by UTF-16 code units can leave
/// half of a surrogate pair.
/// </summary>
public static class UnicodeText
{
    /// <summary>Whether a text has no lone surrogate: each surrogate is part of a pair.</summary>
    public static bool IsWellFormed(string text)
    {
        for (var rest = text.AsSpan(); ; )
        {
            var surrogate = rest.IndexOfAnyInRange('\uD800', '\uDFFF');
            if (surrogate < 0)
                return true;
            if (surrogate + 1 == rest.Length || !char.IsSurrogatePair(rest[surrogate], rest[surrogate + 1]))
                return false;
            rest = rest[(surrogate + 2)..];
        }
    }

    /// <summary>
    /// Compares texts in DynamoDB's order: by their UTF-8 bytes. .NET's ordinal comparison uses UTF-16 order, in which characters above
    /// U+FFFF sort before those from U+E000 to U+FFFF.
    /// </summary>
    public static int CompareBytes(string one, string other)
    {
        var same = one.AsSpan().CommonPrefixLength(other);
        if (same == one.Length || same == other.Length)
            return one.Length.CompareTo(other.Length);
        var (left, right) = (one[same], other[same]);
        // A surrogate is part of a character above U+FFFF, which sorts after every character that needs no surrogate.
        return char.IsSurrogate(left) == char.IsSurrogate(right) ? left.CompareTo(right)
            : char.IsSurrogate(left) ? 1
            : -1;
    }

    /// <summary>The first characters of a text, with an ellipsis if the text was cut. Never cuts a surrogate pair in half.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="length">The maximum number of UTF-16 code units to keep.</param>
    public static string Shorten(string text, int length)
    {
        if (text.Length <= length)
            return text;
        return text[..(char.IsSurrogatePair(text[length - 1], text[length]) ? length - 1 : length)] + "…";
    }

    /// <summary>
    /// Makes a text safe for a message or a terminal: control characters, bidirectional controls, line separators and lone surrogates
    /// become escapes such as <c>\u001b</c>.
    /// </summary>
    public static string Printable(string text)
    {
        if (IsWellFormed(text) && !text.Any(IsHidden))
            return text;
        var printable = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                printable.Append(text[i]).Append(text[++i]);
            else if (IsHidden(text[i]) || char.IsSurrogate(text[i]))
                printable.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            else
                printable.Append(text[i]);
        }

        return printable.ToString();
    }

    /// <summary>Characters that a terminal executes instead of printing, or that make the printed text misleading.</summary>
    private static bool IsHidden(char character) =>
        char.IsControl(character)
        || character
            is '\u061C'
                or '\u200E'
                or '\u200F'
                or '\u2028'
                or '\u2029'
                or '\uFEFF'
                or (>= '\u202A' and <= '\u202E')
                or (>= '\u2066' and <= '\u2069');
}
