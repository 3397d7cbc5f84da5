using System.Globalization;

namespace NotifyQuery.Core.Notifications;

/// <summary>
/// The one way in which moments are written in tables and answers: ISO-8601, UTC, milliseconds, <c>Z</c>, for example
/// <c>2026-11-22T08:15:30.123Z</c>. Of fixed length, so that texts compare like moments.
/// </summary>
public static class Timestamp
{
    /// <summary>How many characters every moment has.</summary>
    public const int Length = 24;

    private const string Layout = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    /// <summary>Writes a moment; what is finer than a millisecond is cut off.</summary>
    public static string Format(DateTimeOffset moment) => moment.UtcDateTime.ToString(Layout, CultureInfo.InvariantCulture);

    /// <summary>Whether <paramref name="text"/> is a moment written in exactly this layout.</summary>
    public static bool IsValid(string text) => DateTimeOffset.TryParseExact(text, Layout, CultureInfo.InvariantCulture, Utc, out _);

    /// <summary>Reads a moment written in exactly this layout.</summary>
    /// <exception cref="FormatException">The text has another layout.</exception>
    public static DateTimeOffset Parse(string text) => DateTimeOffset.ParseExact(text, Layout, CultureInfo.InvariantCulture, Utc);

    /// <summary>
    /// Reads any ISO-8601 date (midnight UTC) or moment (UTC unless it names an offset), as people type them into a query.
    /// </summary>
    public static bool TryParseLenient(string text, out DateTimeOffset moment)
    {
        string[] layouts = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        return DateTimeOffset.TryParseExact(text, layouts, CultureInfo.InvariantCulture, Utc, out moment);
    }

    /// <summary>The UTC day of a moment written in this layout: <c>yyyy-MM-dd</c>.</summary>
    public static string DayOf(string timestamp) => timestamp[..10];
}
