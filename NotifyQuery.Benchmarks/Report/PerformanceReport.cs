using System.Text.Json;
using System.Text.Json.Serialization;

namespace NotifyQuery.Benchmarks.Report;

/// <summary>One run of a scenario.</summary>
/// <param name="Scenario">The scenario's name.</param>
/// <param name="Title">The title of the scenario.</param>
/// <param name="How">The method of measurement, in one or more sentences.</param>
/// <param name="MeasuredAt">The start time.</param>
/// <param name="Seconds">The duration.</param>
/// <param name="Quick">Whether it was a short run with rough figures.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Results">The figures.</param>
public sealed record ScenarioRun(
    string Scenario,
    string Title,
    string How,
    DateTimeOffset MeasuredAt,
    double Seconds,
    bool Quick,
    Machine Machine,
    IReadOnlyList<ScenarioResult> Results
);

/// <summary>A line of a micro benchmark's summary.</summary>
/// <param name="Group">The subject of the benchmark.</param>
/// <param name="Name">The operation.</param>
/// <param name="Nanoseconds">The mean time of one operation.</param>
/// <param name="Error">Half of the 99.9 % confidence interval of the mean time.</param>
/// <param name="AllocatedBytes">The memory that one operation allocates.</param>
public sealed record MicroResult(string Group, string Name, double Nanoseconds, double Error, long AllocatedBytes);

/// <summary>The last run of the micro benchmarks.</summary>
/// <param name="MeasuredAt">The time of the run.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Results">The results.</param>
public sealed record MicroRun(DateTimeOffset MeasuredAt, Machine Machine, IReadOnlyList<MicroResult> Results);

/// <summary>All figures, as performance.json stores them: the latest run of each scenario.</summary>
/// <param name="Scenarios">The runs, in the order on the page.</param>
/// <param name="Micro">The micro benchmarks; null if they never ran.</param>
public sealed record PerformanceReport(IReadOnlyList<ScenarioRun> Scenarios, MicroRun? Micro = null)
{
    /// <summary>Adds a run, or replaces the previous run of the scenario.</summary>
    /// <param name="run">The run.</param>
    /// <param name="order">The names of the scenarios, in the order on the page. An unknown scenario comes last.</param>
    public PerformanceReport With(ScenarioRun run, IReadOnlyList<string> order)
    {
        var places = order.Select((name, place) => (name, place)).ToDictionary(it => it.name, it => it.place, StringComparer.Ordinal);
        return this with
        {
            Scenarios =
            [
                .. Scenarios
                    .Where(other => other.Scenario != run.Scenario)
                    .Append(run)
                    .OrderBy(it => places.GetValueOrDefault(it.Scenario, int.MaxValue)),
            ],
        };
    }

    /// <summary>
    /// Adds results of the micro benchmarks, or replaces the previous ones. Benchmarks that did not run keep their results.
    /// </summary>
    public PerformanceReport With(MicroRun run) =>
        this with
        {
            Micro = run with
            {
                Results =
                [
                    .. (Micro?.Results ?? [])
                        .Where(line => !run.Results.Any(it => (it.Group, it.Name) == (line.Group, line.Name)))
                        .Concat(run.Results)
                        .OrderBy(it => it.Group, StringComparer.Ordinal),
                ],
            },
        };

    /// <summary>Reads the report; an empty one if there is no file.</summary>
    public static PerformanceReport Read(string file) =>
        File.Exists(file)
            ? JsonSerializer.Deserialize(File.ReadAllBytes(file), ReportJson.Default.PerformanceReport)
                ?? throw new JsonException($"{file} contains no report: delete it and measure again")
            : new([]);

    /// <summary>Writes the report.</summary>
    public void Write(string file) => File.WriteAllText(file, JsonSerializer.Serialize(this, ReportJson.Default.PerformanceReport) + "\n");
}

/// <summary>The JSON of the figures. Doubles have four digits: the rest is noise.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    WriteIndented = true,
    Converters = [typeof(RoundedConverter)]
)]
[JsonSerializable(typeof(PerformanceReport))]
internal sealed partial class ReportJson : JsonSerializerContext;

internal sealed class RoundedConverter : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(Round(value));

    internal static double Round(double value)
    {
        if (value == 0)
            return 0;
        var digits = 3 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return digits >= 0 ? Math.Round(value, Math.Min(digits, 15)) : Math.Round(value);
    }
}
