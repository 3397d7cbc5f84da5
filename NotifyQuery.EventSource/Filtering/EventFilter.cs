using System.Text.Json;
using NotifyQuery.EventSource.Hosting;

namespace NotifyQuery.EventSource.Filtering;

/// <summary>
/// Lambda's event filtering: selects the stream records that the function receives. Source:
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html and …/with-ddb-filtering.html.
/// </summary>
internal sealed class EventFilter
{
    /// <summary>AWS's quota of filters for one event source mapping. AWS raises it to 10 on request.</summary>
    public const int MostFilters = 5;

    private const string Key = $"{EventSourceOptions.Section}:FilterCriteria";

    private readonly IReadOnlyList<PatternNode> patterns;

    private EventFilter(IReadOnlyList<PatternNode> patterns, IReadOnlyList<string> warnings) =>
        (this.patterns, Warnings) = (patterns, warnings);

    /// <summary>Accepts every record.</summary>
    public static EventFilter None { get; } = new([], []);

    /// <summary>The number of filters.</summary>
    public int Filters => patterns.Count;

    /// <summary>Patterns that AWS accepts but that can never match, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Parses filters that have passed validation.</summary>
    /// <exception cref="InvalidOperationException">The filters are invalid.</exception>
    public static EventFilter Of(FilterCriteriaOptions criteria)
    {
        var (filter, problems) = Parse(criteria);
        return filter ?? throw new InvalidOperationException(string.Join(' ', problems));
    }

    /// <summary>Parses filters.</summary>
    /// <returns>The filter, or one sentence for each problem that AWS would refuse.</returns>
    public static (EventFilter? Filter, IReadOnlyList<string> Problems) Parse(FilterCriteriaOptions criteria)
    {
        var problems = new List<string>();
        if (criteria.Filters.Count > MostFilters)
            problems.Add(
                $"{Key} has {criteria.Filters.Count} filters: use at most {MostFilters}, which is AWS's quota. One pattern can "
                    + "hold more with $or."
            );
        var parsers = new List<PatternParser>();
        for (var index = 0; index < criteria.Filters.Count; index++)
        {
            var parser = new PatternParser($"{Key}:Filters:{index}:Pattern", criteria.Filters[index].Pattern);
            problems.AddRange(parser.Problems);
            parsers.Add(parser);
        }

        if (problems.Count > 0)
            return (null, problems);
        return (
            parsers.Count == 0
                ? None
                : new([.. parsers.Select(parser => parser.Pattern!)], [.. parsers.SelectMany(parser => parser.Warnings)]),
            []
        );
    }

    /// <summary>Whether the function receives a record.</summary>
    /// <param name="record">The record in AWS's event format.</param>
    public bool Takes(ReadOnlyMemory<byte> record)
    {
        if (patterns.Count == 0)
            return true;
        try
        {
            using var json = JsonDocument.Parse(record, new() { MaxDepth = int.MaxValue });
            return patterns.Any(pattern => pattern.Matches(json.RootElement));
        }
        catch (InvalidOperationException)
        {
            return true; // names that are not Unicode cannot be compared: the function stores the record as a dead letter
        }
    }
}
