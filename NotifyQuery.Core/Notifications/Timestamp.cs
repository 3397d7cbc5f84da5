using System.Globalization;

namespace NotifyQuery.Core.Notifications;

/// <summary>
/// The only format for times in tables and responses: ISO 8601, UTC, milliseconds, <c>Z</c>, for example <c>2026-11-22T08:15:30.123Z</c>.
/// The length is fixed, so text order is time order.
/// </summary>
public static class Timestamp
{
    /// <summary>The number of characters of every timestamp.</summary>
    public const int Length = 24;

    private const string Layout = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    /// <summary>Formats a time. Fractions of a millisecond are truncated.</summary>
    public static string Format(DateTimeOffset moment) => moment.UtcDateTime.ToString(Layout, CultureInfo.InvariantCulture);

    /// <summary>Whether <paramref name="text"/> is a time in exactly this format.</summary>
    public static bool IsValid(string text) => DateTimeOffset.TryParseExact(text, Layout, CultureInfo.InvariantCulture, Utc, out _);

    /// <summary>Parses a time in exactly this format.</summary>
    /// <exception cref="FormatException">The text has another format.</exception>
    public static DateTimeOffset Parse(string text) => DateTimeOffset.ParseExact(text, Layout, CultureInfo.InvariantCulture, Utc);

    /// <summary>Parses any ISO 8601 date (midnight UTC) or time (UTC unless it has an offset), as people type them into a query.</summary>
    public static bool TryParseLenient(string text, out DateTimeOffset moment)
    {
        string[] layouts = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        return DateTimeOffset.TryParseExact(text, layouts, CultureInfo.InvariantCulture, Utc, out moment);
    }

    /// <summary>The UTC day of a timestamp in this format: <c>yyyy-MM-dd</c>.</summary>
    public static string DayOf(string timestamp) => timestamp[..10];
}
