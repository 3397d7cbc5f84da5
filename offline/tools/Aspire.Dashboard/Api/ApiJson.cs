using System.Text.Json.Serialization;
using Aspire.Dashboard.Flow;
using Aspire.Dashboard.Store;

namespace Aspire.Dashboard.Api;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(TraceList))]
[JsonSerializable(typeof(TraceDetails))]
[JsonSerializable(typeof(LogPage))]
[JsonSerializable(typeof(LogBatch))]
[JsonSerializable(typeof(InstrumentList))]
[JsonSerializable(typeof(NumberChart))]
[JsonSerializable(typeof(HistogramChart))]
[JsonSerializable(typeof(ActivityCounts))]
[JsonSerializable(typeof(LimitsAnswer))]
[JsonSerializable(typeof(EdgeLive))]
[JsonSerializable(typeof(NodeLive))]
[JsonSerializable(typeof(GaugeLive))]
internal sealed partial class ApiJson : JsonSerializerContext;

internal static class Attributes
{
    /// <summary>As the pages get them: pairs, in their order.</summary>
    public static string[][] Pairs(KeyValuePair<string, string>[] attributes) => [.. attributes.Select(attribute => new[] { attribute.Key, attribute.Value })];

    public static string? Find(this KeyValuePair<string, string>[] attributes, string key)
    {
        foreach (var attribute in attributes)
        {
            if (string.Equals(attribute.Key, key, StringComparison.Ordinal))
                return attribute.Value;
        }

        return null;
    }

    public static string Name(this SpanKind kind) => kind is SpanKind.Unspecified ? "internal" : kind.ToString().ToLowerInvariant();

    public static string Name(this SpanStatus status) => status.ToString().ToLowerInvariant();

    public static string Name(this LogSeverity severity) => severity.ToString().ToLowerInvariant();
}
