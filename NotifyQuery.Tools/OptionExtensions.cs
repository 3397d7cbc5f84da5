using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace NotifyQuery.Tools;

/// <summary>Shared helpers for options.</summary>
internal static class OptionExtensions
{
    /// <summary>
    /// A duration: seconds, or a number with a unit, like <c>500ms</c>, <c>30s</c>, <c>10m</c> or <c>2h</c>. Without a default, its value
    /// is zero if it is not given.
    /// </summary>
    public static Option<TimeSpan> Duration(string name, string description, TimeSpan? standard, TimeSpan least, TimeSpan most)
    {
        var option = new Option<TimeSpan>(name) { Description = description };
        if (standard is { } value)
            option.DefaultValueFactory = _ => value;
        option.CustomParser = result =>
        {
            var text = result.Tokens is [var token] ? token.Value : "";
            if (ReadDuration(text) is { } duration && duration >= least && duration <= most)
                return duration;
            result.AddError(
                $"{name} is '{text}': it must be from {Write(least)} to {Write(most)}, in seconds or with a unit like 500ms, 30s, 10m or "
                    + $"2h."
            );
            return default;
        };
        return option;

        static string Write(TimeSpan time) =>
            time.TotalHours >= 1
                ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.###}h")
                : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s");
    }

    private static TimeSpan? ReadDuration(string text)
    {
        var (unit, seconds) = text switch
        {
            [.., 'm', 's'] => ("ms", 0.001),
            [.., 's'] => ("s", 1.0),
            [.., 'm'] => ("m", 60.0),
            [.., 'h'] => ("h", 3600.0),
            _ => ("", 1.0),
        };
        return
            double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number < 1e9
            ? TimeSpan.FromSeconds(number * seconds)
            : null;
    }

    /// <summary>Refuses a number outside a range. Text that is no number is already refused by the option's type.</summary>
    public static Option<T> Within<T>(this Option<T> option, T least, T most)
        where T : INumber<T>
    {
        CheckRange(option, least, most);
        return option;
    }

    /// <inheritdoc cref="Within{T}(Option{T}, T, T)" />
    public static Option<T?> Within<T>(this Option<T?> option, T least, T most)
        where T : struct, INumber<T>
    {
        CheckRange(option, least, most);
        return option;
    }

    private static void CheckRange<T>(Option option, T least, T most)
        where T : INumber<T> =>
        option.Validators.Add(result =>
        {
            if (
                result.Tokens is [var token]
                && T.TryParse(token.Value, CultureInfo.InvariantCulture, out var value)
                && !(value >= least && value <= most)
            )
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} must be from {least} to {most}."));
        });
}
