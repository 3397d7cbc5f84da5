using System.Text.Json;
using System.Text.Json.Nodes;

namespace Aspire.Dashboard.Flow;

/// <summary>Which spans belong to an edge: all that is given must be equal.</summary>
internal sealed record SpanSelector(string? Resource, string? Name, string? Scope, string? Kind, IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Attributes);

/// <summary>Which series of which metric.</summary>
internal sealed record MetricSelector(string Name, string? Resource, IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Attributes);

internal sealed record FlowEdge(int Index, SpanSelector? Spans, MetricSelector? Metric);

internal sealed record FlowNode(int Index, string Resource);

internal sealed record FlowGauge(int Index, MetricSelector Metric, string Stat, double? WarnAbove, double? ErrorAbove);

/// <summary>
/// The application's own picture of itself, from a file beside its AppHost. What is drawn goes to the pages as it is; only what is to be
/// measured is understood here.
/// </summary>
internal sealed class FlowDescription
{
    private const long MaxLength = 256 << 10;

    private FlowDescription(JsonObject document) => Document = document;

    public JsonObject Document { get; }

    public IReadOnlyList<FlowEdge> Edges { get; private init; } = [];

    public IReadOnlyList<FlowNode> Nodes { get; private init; } = [];

    public IReadOnlyList<FlowGauge> Gauges { get; private init; } = [];

    /// <summary>A file that is wrong makes a picture that says what is wrong.</summary>
    public static FlowDescription Load(string? path)
    {
        if (path is null)
            return Without("The application has no flow.json beside its AppHost, so there is nothing to draw.");
        try
        {
            return new FileInfo(path).Length > MaxLength ? Without($"{path} is longer than {MaxLength} bytes.") : Parse(File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException or FormatException)
        {
            return Without($"{path}: {exception.Message}");
        }
    }

    /// <exception cref="FormatException">It is JSON, but not the description of a flow.</exception>
    public static FlowDescription Parse(string json)
    {
        var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        if (JsonNode.Parse(json, documentOptions: options) is not JsonObject document)
            throw new FormatException("It must be an object.");
        var nodes = List(document, "nodes");
        var ids = nodes.Select(node => Text(node, "id") ?? throw new FormatException("A node has no id.")).ToHashSet(StringComparer.Ordinal);
        if (ids.Count < nodes.Count)
            throw new FormatException("Two nodes have the same id.");
        var edges = List(document, "edges");
        foreach (var end in edges.SelectMany(edge => new[] { Text(edge, "from"), Text(edge, "to") }))
        {
            if (end is null || !ids.Contains(end))
                throw new FormatException($"An edge leads from or to '{end}', which is not the id of a node.");
        }

        return new(document)
        {
            Nodes = [.. nodes.Select((node, index) => (index, resource: Text(node, "resource"))).Where(node => node.resource is not null).Select(node => new FlowNode(node.index, node.resource!))],
            Edges = [.. edges.Select((edge, index) => new FlowEdge(index, Spans(edge["spans"]), Metric(edge["metric"], edge)))],
            Gauges = [.. List(document, "gauges").Select(Gauge)],
        };
    }

    private static FlowDescription Without(string reason) => new(new()
    {
        ["title"] = null,
        ["message"] = reason,
        ["lanes"] = new JsonArray(),
        ["nodes"] = new JsonArray(),
        ["edges"] = new JsonArray(),
        ["gauges"] = new JsonArray(),
    });

    private static FlowGauge Gauge(JsonObject gauge, int index)
    {
        var stat = Text(gauge, "stat") ?? "last";
        if (stat is not ("p50" or "p90" or "p99" or "max" or "rate" or "last" or "total"))
            throw new FormatException($"The stat '{stat}' of a gauge must be p50, p90, p99, max, rate, last or total.");
        return new(index, Metric(gauge["metric"], gauge) ?? throw new FormatException("A gauge has no metric."), stat, Number(gauge, "warnAbove"), Number(gauge, "errorAbove"));
    }

    private static SpanSelector? Spans(JsonNode? node) => node is JsonObject spans
        ? new(Text(spans, "resource"), Text(spans, "name"), Text(spans, "scope"), Text(spans, "kind"), Attributes(spans))
        : null;

    /// <summary>A name alone, with the rest beside it, or an object.</summary>
    private static MetricSelector? Metric(JsonNode? node, JsonObject owner) => node switch
    {
        null => null,
        JsonObject metric => new(Text(metric, "name") ?? throw new FormatException("A metric has no name."), Text(metric, "resource"), Attributes(metric)),
        JsonValue value when value.GetValueKind() is JsonValueKind.String => new(value.GetValue<string>(), Text(owner, "resource"), Attributes(owner)),
        _ => throw new FormatException("A metric must be a name or an object."),
    };

    private static List<KeyValuePair<string, IReadOnlyList<string>>> Attributes(JsonObject owner) =>
        owner["attributes"] is not JsonObject attributes ? [] : [.. attributes.Select(attribute => new KeyValuePair<string, IReadOnlyList<string>>(attribute.Key,
            attribute.Value is JsonArray any ? [.. any.Select(Literal)] : [Literal(attribute.Value)]))];

    private static string Literal(JsonNode? node) => node switch
    {
        JsonValue value when value.GetValueKind() is JsonValueKind.String => value.GetValue<string>(),
        JsonValue value => value.ToJsonString(),
        _ => throw new FormatException("The value of an attribute must be a text, a number, true or false, or a list of these."),
    };

    private static List<JsonObject> List(JsonObject owner, string name)
    {
        var items = owner[name] switch
        {
            null => [],
            JsonArray list => list.ToList(),
            _ => throw new FormatException($"'{name}' must be a list."),
        };
        return [.. items.Select(item => item as JsonObject ?? throw new FormatException($"'{name}' must be a list of objects."))];
    }

    private static string? Text(JsonObject owner, string name) => owner[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() is JsonValueKind.String => value.GetValue<string>(),
        _ => throw new FormatException($"'{name}' must be a text."),
    };

    private static double? Number(JsonObject owner, string name) => owner[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() is JsonValueKind.Number => value.GetValue<double>(),
        _ => throw new FormatException($"'{name}' must be a number."),
    };
}
