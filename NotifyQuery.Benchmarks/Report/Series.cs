using System.Text.Json.Serialization;
using NotifyQuery.Operations.Measuring;

namespace NotifyQuery.Benchmarks.Report;

/// <summary>The samples of one measured value: one for each round.</summary>
/// <param name="Name">The name, e.g. <c>gateway</c>.</param>
/// <param name="Samples">The samples, in the order of the rounds; at least one.</param>
public sealed record Series(string Name, IReadOnlyList<double> Samples)
{
    /// <summary>The median.</summary>
    [JsonIgnore]
    public double Median => Percentile.Of(Samples, 0.5);

    /// <summary>The smallest sample.</summary>
    [JsonIgnore]
    public double Min => Samples.Min();

    /// <summary>The largest sample.</summary>
    [JsonIgnore]
    public double Max => Samples.Max();
}
