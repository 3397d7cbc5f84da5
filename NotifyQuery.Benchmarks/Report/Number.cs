using System.Globalization;

namespace NotifyQuery.Benchmarks.Report;

/// <summary>The format of figures: three significant digits.</summary>
internal static class Number
{
    public static string Write(double value) =>
        Math.Abs(value) switch
        {
            >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
            >= 10 => value.ToString("0.#", CultureInfo.InvariantCulture),
            >= 1 => value.ToString("0.##", CultureInfo.InvariantCulture),
            _ => value.ToString("0.###", CultureInfo.InvariantCulture),
        };

    /// <summary>The median, with its range.</summary>
    public static string WriteSpread(Series series) =>
        series.Samples.Count == 1 ? Write(series.Median) : $"{Write(series.Median)} ({Write(series.Min)} – {Write(series.Max)})";
}
