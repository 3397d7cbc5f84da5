using System.Text.Json;

namespace NotifyQuery.EventSource.Filtering;

/// <summary>
/// A part of a pattern. A pattern has the structure of the event that it matches. Only leaves of the event are compared with values. The
/// fields of an object and the elements of a list are matched instead of the object or list itself.
/// </summary>
internal abstract record PatternNode
{
    /// <summary>Whether this part of an event matches.</summary>
    /// <param name="value">The part; null when the event does not have it.</param>
    public abstract bool Matches(JsonElement? value);
}

/// <summary>An object: each of its fields must match, and at least one alternative of each <c>$or</c>.</summary>
internal sealed record FieldsNode(IReadOnlyList<(string Name, PatternNode Pattern)> Fields, IReadOnlyList<PatternNode> Alternatives)
    : PatternNode
{
    public override bool Matches(JsonElement? value) =>
        value is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0
            ? list.EnumerateArray().Any(element => Matches(element)) // all fields must match in the same element
            : Fields.All(field => field.Pattern.Matches(Member(value, field.Name)))
                && (Alternatives.Count == 0 || Alternatives.Any(alternative => alternative.Matches(value)));

    private static JsonElement? Member(JsonElement? value, string name) =>
        value is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out var member) ? member : null;
}

/// <summary>A list of values and operators. At least one must match.</summary>
internal sealed record LeafNode(IReadOnlyList<LeafRule> Rules) : PatternNode
{
    public override bool Matches(JsonElement? value)
    {
        var leaves = value is { } some ? LeavesOf(some) : [];
        return leaves.Count == 0 ? Rules.Any(rule => rule.MatchesAbsent) : leaves.Any(leaf => Rules.Any(rule => rule.Matches(leaf)));
    }

    private static List<JsonElement> LeavesOf(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Array => [.. value.EnumerateArray().SelectMany(LeavesOf)],
            JsonValueKind.Object => [],
            _ => [value],
        };
}

/// <summary>A value or an operator.</summary>
/// <param name="Matches">Whether a leaf of the event matches: a text, a number, true, false or null.</param>
/// <param name="MatchesAbsent">Whether the rule matches when the event does not have the leaf.</param>
internal sealed record LeafRule(Func<JsonElement, bool> Matches, bool MatchesAbsent = false);
