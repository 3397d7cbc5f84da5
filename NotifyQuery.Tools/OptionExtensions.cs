using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace NotifyQuery.Tools;

/// <summary>What options have in common.</summary>
internal static class OptionExtensions
{
    /// <summary>Refuses a number outside of a range. What is no number at all is refused by the option's type.</summary>
    public static Option<T> Within<T>(this Option<T> option, T least, T most)
        where T : INumber<T>
    {
        AddLimits(option, least, most);
        return option;
    }

    /// <inheritdoc cref="Within{T}(Option{T}, T, T)" />
    public static Option<T?> Within<T>(this Option<T?> option, T least, T most)
        where T : struct, INumber<T>
    {
        AddLimits(option, least, most);
        return option;
    }

    private static void AddLimits<T>(Option option, T least, T most)
        where T : INumber<T> =>
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && T.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && !(value >= least && value <= most))
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} must be from {least} to {most}."));
        });
}
