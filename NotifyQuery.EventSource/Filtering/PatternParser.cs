using System.Text.Json;

namespace NotifyQuery.EventSource.Filtering;

/// <summary>Parses a pattern and reports its problems, one sentence each, with their location.</summary>
internal sealed class PatternParser
{
    /// <summary>The maximum number of characters of a pattern.</summary>
    public const int LongestPattern = 4096;

    private const string Or = "$or";

    // The top-level fields of a DynamoDB stream record.
    private static readonly string[] RecordFields =
    [
        "dynamodb",
        "eventName",
        "eventID",
        "eventVersion",
        "eventSource",
        "eventSourceARN",
        "awsRegion",
        "userIdentity",
    ];

    private readonly string key;
    private readonly List<string> problems = [];
    private readonly List<string> warnings = [];

    /// <param name="key">The configuration key of the pattern, for problem messages.</param>
    /// <param name="text">The pattern.</param>
    public PatternParser(string key, string? text)
    {
        this.key = key;
        if (string.IsNullOrWhiteSpace(text))
            problems.Add($"{key} is missing: give a JSON object like {{\"eventName\":[\"INSERT\"]}}.");
        else if (text.Length > LongestPattern)
            problems.Add($"{key} has {text.Length} characters: use at most {LongestPattern}.");
        else
            Parse(text);
    }

    /// <summary>The pattern; null when there are problems.</summary>
    public PatternNode? Pattern { get; private set; }

    /// <summary>Problems that AWS would refuse.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>Patterns that AWS accepts but that can never match.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    private void Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new() { MaxDepth = LongestPattern, AllowDuplicateProperties = false });
            var pattern = json.RootElement.ValueKind is JsonValueKind.Object ? Fields(json.RootElement, "") : null;
            if (pattern is null && problems.Count == 0)
                problems.Add($"{key} is {Kind(json.RootElement)}: it must be a JSON object like {{\"eventName\":[\"INSERT\"]}}.");
            if (problems.Count == 0)
                Pattern = pattern;
        }
        catch (JsonException exception)
        {
            problems.Add($"{key} is not JSON: {exception.Message}");
        }
        catch (InvalidOperationException)
        {
            problems.Add($"{key} contains half of a surrogate pair: it must be Unicode text.");
        }
    }

    private PatternNode? Node(JsonElement element, string path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                return Fields(element, path);
            case JsonValueKind.Array:
                return Leaf(element, path);
            default:
                Refuse(path, $"is {element.GetRawText()}: write it as a list, [{element.GetRawText()}]");
                return null;
        }
    }

    private FieldsNode? Fields(JsonElement element, string path)
    {
        var fields = new List<(string, PatternNode)>();
        var alternatives = new List<PatternNode>();
        foreach (var member in element.EnumerateObject())
        {
            if (member.NameEquals(Or))
                alternatives.AddRange(Alternatives(member.Value, Join(path, Or)));
            else if (Node(member.Value, Join(path, member.Name)) is { } node)
                fields.Add((member.Name, node));
            if (path.Length == 0 && !member.NameEquals(Or) && !RecordFields.Contains(member.Name))
                warnings.Add($"{key}: no record of a DynamoDB stream has '{member.Name}': it has {string.Join(", ", RecordFields)}.");
        }

        if (!element.EnumerateObject().Any())
            Refuse(path, "is an empty object: name at least one field");
        return new(fields, alternatives);
    }

    private List<PatternNode> Alternatives(JsonElement element, string path)
    {
        if (
            element.ValueKind is not JsonValueKind.Array
            || element.GetArrayLength() < 2
            || element.EnumerateArray().Any(item => item.ValueKind is not JsonValueKind.Object)
        )
        {
            Refuse(path, "must be a list of at least two objects, of which one must match");
            return [];
        }

        var parent = path[..^Or.Length].TrimEnd('.');
        return [.. element.EnumerateArray().Select(item => Fields(item, parent)).OfType<PatternNode>()];
    }

    private LeafNode? Leaf(JsonElement element, string path)
    {
        if (element.GetArrayLength() == 0)
        {
            Refuse(path, "is an empty list: add at least one value");
            return null;
        }

        var rules = new List<LeafRule>();
        foreach (var item in element.EnumerateArray())
        {
            if (LeafRules.Read(item, out var problem) is { } rule)
                rules.Add(rule);
            else
                Refuse(path, problem);
            if (
                item.ValueKind is JsonValueKind.Object
                && item.TryGetProperty("numeric", out _)
                && path.EndsWith(".N", StringComparison.Ordinal)
            )
                warnings.Add(
                    $"{key}: numeric at {path} matches nothing: a stream record contains numbers as strings. Use values, prefix or suffix."
                );
        }

        return new(rules);
    }

    private void Refuse(string path, string problem) => problems.Add($"{key}: {(path.Length == 0 ? "the pattern" : path)} {problem}.");

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    internal static string Kind(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Array => "a list",
            JsonValueKind.Object => "an object",
            _ => element.GetRawText(),
        };
}
