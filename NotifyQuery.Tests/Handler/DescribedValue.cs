using System.Text.Json;

namespace NotifyQuery.Tests.Handler;

/// <summary>Compares a value with the schema that describes it in the OpenAPI document.</summary>
internal static class DescribedValue
{
    public static void Check(JsonElement value, JsonElement schema, JsonElement document)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            var target = document;
            foreach (var part in reference.GetString()!.Split('/').Skip(1))
                target = target.GetProperty(part);
            Check(value, target, document);
            return;
        }

        var types = schema.GetProperty("type") is { ValueKind: JsonValueKind.Array } several
            ? several.EnumerateArray().Select(t => t.GetString()).ToList()
            : [schema.GetProperty("type").GetString()];
        Assert.Contains(
            value.ValueKind switch
            {
                JsonValueKind.Object => "object",
                JsonValueKind.Array => "array",
                JsonValueKind.String => "string",
                JsonValueKind.Number => "integer",
                JsonValueKind.Null => "null",
                _ => "boolean",
            },
            types
        );
        if (value.ValueKind is JsonValueKind.Array)
            Assert.All(value.EnumerateArray(), item => Check(item, schema.GetProperty("items"), document));
        if (value.ValueKind is not JsonValueKind.Object)
            return;
        var known = schema.TryGetProperty("properties", out var properties);
        if (schema.TryGetProperty("required", out var required))
            Assert.All(
                required.EnumerateArray(),
                name => Assert.True(value.TryGetProperty(name.GetString()!, out _), $"{name} is missing in {value}")
            );
        foreach (var member in value.EnumerateObject())
        {
            if (known && properties.TryGetProperty(member.Name, out var own))
                Check(member.Value, own, document);
            else if (schema.TryGetProperty("additionalProperties", out var rest))
                Check(member.Value, rest, document);
            else
                Assert.Fail($"{member.Name} is not described");
        }
    }
}
