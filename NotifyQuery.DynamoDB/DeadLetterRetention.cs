using System.Globalization;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// How long dead letters are stored. They contain the content of the command, including personal data. DynamoDB removes them within days of
/// their expiry.
/// </summary>
/// <param name="Unsettled">The retention of unresolved letters, from the time they are written: <c>DeadLetters:RetentionDays</c>.</param>
public sealed record DeadLetterRetention(TimeSpan Unsettled)
{
    private const int MostDays = 3650;

    /// <summary>90 days.</summary>
    public static DeadLetterRetention Standard { get; } = new(TimeSpan.FromDays(90));

    /// <summary>How long a resolved letter is stored. Its content is removed at once.</summary>
    public static TimeSpan Settled { get; } = TimeSpan.FromDays(30);

    /// <summary>Parses the setting.</summary>
    /// <param name="configured">Looks up a configuration key.</param>
    /// <exception cref="InvalidOperationException">The setting is not a number of days.</exception>
    public static DeadLetterRetention From(Func<string, string?> configured)
    {
        const string Key = "DeadLetters:RetentionDays";
        ArgumentNullException.ThrowIfNull(configured);
        if (configured(Key) is not { Length: > 0 } text)
            return Standard;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= MostDays
            ? new(TimeSpan.FromDays(days))
            : throw new InvalidOperationException($"{Key} is '{text}': give a whole number of days from 1 to {MostDays}");
    }
}
