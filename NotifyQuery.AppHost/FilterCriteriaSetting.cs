using System.Globalization;
using System.Text.Json;

namespace NotifyQuery.AppHost;

/// <summary>
/// The setting <c>NotifyQuery:FilterCriteria</c>: the JSON that <c>aws lambda create-event-source-mapping --filter-criteria</c> accepts.
/// </summary>
internal static class FilterCriteriaSetting
{
    private const string Example = """{"Filters":[{"Pattern":"{\"eventName\":[\"INSERT\"]}"}]}""";

    /// <summary>
    /// The filter patterns; none if the setting is missing. The event source checks their content, and reports patterns that AWS would
    /// refuse.
    /// </summary>
    /// <exception cref="SettingsException">The setting is not such JSON.</exception>
    public static IReadOnlyList<string> Read(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return [];
        try
        {
            using var json = JsonDocument.Parse(text);
            if (
                json.RootElement is { ValueKind: JsonValueKind.Object } criteria
                && criteria.TryGetProperty("Filters", out var filters)
                && filters.ValueKind is JsonValueKind.Array
                && filters.EnumerateArray().All(IsFilter)
            )
            {
                return [.. filters.EnumerateArray().Select(filter => filter.GetProperty("Pattern").GetString()!)];
            }
        }
        catch (JsonException exception)
        {
            throw new SettingsException($"NotifyQuery:FilterCriteria is not JSON ({exception.Message}): write it like {Example}.");
        }

        throw new SettingsException($"NotifyQuery:FilterCriteria does not have the structure of FilterCriteria: write it like {Example}.");

        static bool IsFilter(JsonElement filter) =>
            filter.ValueKind is JsonValueKind.Object
            && filter.EnumerateObject().Count() == 1
            && filter.TryGetProperty("Pattern", out var pattern)
            && pattern.ValueKind is JsonValueKind.String;
    }

    /// <summary>Passes the filters to the event source.</summary>
    public static IResourceBuilder<ProjectResource> WithFilters(
        this IResourceBuilder<ProjectResource> eventSource,
        IReadOnlyList<string> patterns
    )
    {
        for (var index = 0; index < patterns.Count; index++)
            eventSource.WithEnvironment(
                string.Create(CultureInfo.InvariantCulture, $"EventSource__FilterCriteria__Filters__{index}__Pattern"),
                patterns[index]
            );
        return eventSource;
    }
}
