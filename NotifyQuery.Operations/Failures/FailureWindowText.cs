using System.Globalization;
using System.Text.RegularExpressions;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Operations.Failures;

/// <summary>Reads a time window from text: ISO-8601 in UTC, or an age.</summary>
public static partial class FailureWindowText
{
    /// <summary>The maximum number of days that are read if no start is given.</summary>
    public const int MostDays = 365;

    // No dead letter is stored for longer, whatever DeadLetters:RetentionDays says.
    private static readonly TimeSpan Oldest = TimeSpan.FromDays(3650);

    /// <summary>Reads a window.</summary>
    /// <param name="since">The start, inclusive; null or empty for <paramref name="days"/> days, including today.</param>
    /// <param name="until">The end, exclusive; null or empty for none.</param>
    /// <param name="days">How many days back, including today (UTC), if <paramref name="since"/> is not given.</param>
    /// <param name="now">The current time, for ages.</param>
    /// <param name="window">The window, if the text is valid.</param>
    /// <returns>What is wrong, in one sentence; null if nothing is.</returns>
    public static string? TryRead(string? since, string? until, int days, DateTimeOffset now, out FailureWindow window)
    {
        window = new(new DateTimeOffset(now.UtcDateTime.Date.AddDays(1 - days), TimeSpan.Zero));
        if (!string.IsNullOrEmpty(since))
        {
            if (MomentOf(since, now) is not { } from)
                return NoMoment("since", since);
            if (from > now)
                return $"since is '{since}': that is in the future.";
            window = window with { Since = from > now - Oldest ? from : now - Oldest };
        }

        if (string.IsNullOrEmpty(until))
            return null;
        if (MomentOf(until, now) is not { } to)
            return NoMoment("until", until);
        if (to <= now.AddDays(1))
            window = window with { Until = to }; // no dead letter is newer
        return to > window.Since ? null : $"until is '{until}', which is not after since: nothing would be selected.";
    }

    private static string NoMoment(string name, string text) =>
        $"{name} is '{text}': give a time in UTC like 2026-11-22T08:15:30Z, a day like 2026-11-22, or an age like 90s, 30m, 2h or 7d.";

    private static DateTimeOffset? MomentOf(string text, DateTimeOffset now)
    {
        if (Ago().Match(text) is not { Success: true } ago)
            return Timestamp.TryParseLenient(text, out var moment) ? moment : null;
        if (!double.TryParse(ago.Groups[1].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return null;
        var seconds =
            number
            * ago.Groups[2].Value switch
            {
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                _ => 86_400,
            };
        return seconds <= Oldest.TotalSeconds ? now - TimeSpan.FromSeconds(seconds) : null;
    }

    [GeneratedRegex(@"^(\d{1,9}(?:\.\d{1,3})?)(s|m|h|d)$")]
    private static partial Regex Ago();
}
