using System.Globalization;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// How long dead letters are kept: they hold what the command held, a person's data too. DynamoDB removes them within days of their time.
/// </summary>
/// <param name="Unsettled">From when a letter is written: <c>DeadLetters:RetentionDays</c>.</param>
public sealed record DeadLetterRetention(TimeSpan Unsettled)
{
    private const int MostDays = 3650;

    /// <summary>90 days.</summary>
    public static DeadLetterRetention Standard { get; } = new(TimeSpan.FromDays(90));

    /// <summary>How long a letter that is settled still says so; what it held is dropped at once.</summary>
    public static TimeSpan Settled { get; } = TimeSpan.FromDays(30);

    /// <summary>Reads the setting.</summary>
    /// <param name="configured">Looks up a key of the configuration.</param>
    /// <exception cref="InvalidOperationException">The setting is no number of days.</exception>
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
