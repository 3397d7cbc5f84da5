using System.Globalization;
using System.Text.Json;

namespace NotifyQuery.EventSource.Filtering;

/// <summary>
/// The values and operators of a pattern, with AWS's rules: texts are compared character by character, numbers by their text (300 is not
/// 300.0), and the operators <c>prefix</c>, <c>suffix</c> and <c>equals-ignore-case</c> match only texts.
/// </summary>
internal static class LeafRules
{
    // Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html (numeric matching).
    private const decimal MostNumber = 5_000_000_000;

    private const string Operators = "prefix, suffix, equals-ignore-case, anything-but, numeric and exists";

    /// <summary>Parses an element of a list.</summary>
    /// <param name="element">The element.</param>
    /// <param name="problem">What is wrong, without the location; set when the result is null.</param>
    public static LeafRule? Read(JsonElement element, out string problem)
    {
        problem = "";
        switch (element.ValueKind)
        {
            case JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null:
                return Equal(element);
            case JsonValueKind.Object when element.EnumerateObject().ToList() is [var only]:
                return Operator(only.Name, only.Value, out problem);
            case JsonValueKind.Object:
                problem = $"contains an object with {element.EnumerateObject().Count()} members: an operator is an object with one member";
                return null;
            default:
                problem = "contains a list within the list: a list may contain only values and operators";
                return null;
        }
    }

    private static LeafRule? Operator(string name, JsonElement value, out string problem)
    {
        problem = "";
        switch (name)
        {
            case "prefix" or "suffix" or "equals-ignore-case":
                if (value.ValueKind is JsonValueKind.String)
                    return Texts(Comparison(name), [value.GetString()!]);
                problem = $"has {name} with {PatternParser.Kind(value)}: give a string";
                return null;
            case "exists":
                if (value.ValueKind is JsonValueKind.True)
                    return new(_ => true);
                if (value.ValueKind is JsonValueKind.False)
                    return new(_ => false, MatchesAbsent: true);
                problem = $"has exists with {PatternParser.Kind(value)}: give true or false";
                return null;
            case "numeric":
                return Numeric(value, out problem);
            case "anything-but":
                return AnythingBut(value, out problem);
            default:
                problem = $"has the operator '{name}', which Lambda does not have: it has {Operators}";
                return null;
        }
    }

    private static LeafRule Equal(JsonElement wanted)
    {
        var (kind, text) = (wanted.ValueKind, TextOf(wanted) ?? wanted.GetRawText());
        return new(leaf => leaf.ValueKind == kind && (TextOf(leaf) ?? leaf.GetRawText()) == text);
    }

    private static LeafRule? AnythingBut(JsonElement value, out string problem)
    {
        problem = "";
        if (value.ValueKind is JsonValueKind.Object)
        {
            if (
                value.EnumerateObject().ToList() is [{ Name: "prefix" or "suffix" or "equals-ignore-case" } only]
                && TextsOf(only.Value) is { } texts
            )
                return Not(Texts(Comparison(only.Name), texts));
            problem =
                "has anything-but with an object: give one of prefix, suffix and equals-ignore-case, with a string or a list of strings";
            return null;
        }

        JsonElement[] unwanted = value.ValueKind is JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        if (
            unwanted.Length > 0
            && unwanted[0].ValueKind is JsonValueKind.String or JsonValueKind.Number
            && unwanted.All(one => one.ValueKind == unwanted[0].ValueKind)
        )
        {
            var rules = unwanted.Select(Equal).ToList();
            return new(leaf => rules.TrueForAll(rule => !rule.Matches(leaf)));
        }

        problem = $"has anything-but with {PatternParser.Kind(value)}: give a string, a number, or a list of only strings or only numbers";
        return null;
    }

    private static LeafRule? Numeric(JsonElement value, out string problem)
    {
        problem = "";
        var parts = value.ValueKind is JsonValueKind.Array ? value.EnumerateArray().ToList() : [];
        var limits = parts
            .Chunk(2)
            .Select(pair =>
                pair is [{ ValueKind: JsonValueKind.String } comparison, { ValueKind: JsonValueKind.Number } number]
                && number.TryGetDecimal(out var limit)
                    ? (Comparison: comparison.GetString()!, Limit: limit)
                    : default
            )
            .ToList();
        var comparisons = limits.Select(limit => limit.Comparison).ToList();
        if (comparisons is not (["=" or "<" or "<=" or ">" or ">="] or [">" or ">=", "<" or "<="]))
        {
            problem = "has numeric with an invalid range: give [\"=\", n], [\"<\", n], [\">=\", n] or [\">\", n, \"<=\", m], with numbers";
            return null;
        }

        if (limits.Exists(limit => Math.Abs(limit.Limit) > MostNumber))
        {
            problem = string.Create(
                CultureInfo.InvariantCulture,
                $"has numeric with a number beyond {MostNumber:N0}: AWS compares from -{MostNumber:N0} to {MostNumber:N0}"
            );
            return null;
        }

        if (limits is [var bottom, var top] && bottom.Limit >= top.Limit)
        {
            problem = "has numeric with an empty range: its end must be greater than its start";
            return null;
        }

        return new(leaf =>
            leaf.ValueKind is JsonValueKind.Number
            && leaf.TryGetDecimal(out var number)
            && Math.Abs(number) <= MostNumber
            && limits.TrueForAll(limit =>
                limit.Comparison switch
                {
                    "=" => number == limit.Limit,
                    "<" => number < limit.Limit,
                    "<=" => number <= limit.Limit,
                    ">" => number > limit.Limit,
                    _ => number >= limit.Limit,
                }
            )
        );
    }

    private static Func<string, string, bool> Comparison(string name) =>
        name switch
        {
            "prefix" => (text, part) => text.StartsWith(part, StringComparison.Ordinal),
            "suffix" => (text, part) => text.EndsWith(part, StringComparison.Ordinal),
            _ => (text, other) => text.Equals(other, StringComparison.OrdinalIgnoreCase),
        };

    private static LeafRule Texts(Func<string, string, bool> comparison, IReadOnlyList<string> parts) =>
        new(leaf => TextOf(leaf) is { } text && parts.Any(part => comparison(text, part)));

    /// <summary>Matches any leaf that the rule does not match, including leaves that are not text.</summary>
    private static LeafRule Not(LeafRule rule) => new(leaf => !rule.Matches(leaf));

    private static string[]? TextsOf(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => [value.GetString()!],
            JsonValueKind.Array
                when value.GetArrayLength() > 0 && value.EnumerateArray().All(one => one.ValueKind is JsonValueKind.String) =>
            [
                .. value.EnumerateArray().Select(one => one.GetString()!),
            ],
            _ => null,
        };

    /// <summary>The text of a leaf; null for any other leaf, and for a text with a lone surrogate, which equals no text.</summary>
    private static string? TextOf(JsonElement leaf)
    {
        try
        {
            return leaf.ValueKind is JsonValueKind.String ? leaf.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
