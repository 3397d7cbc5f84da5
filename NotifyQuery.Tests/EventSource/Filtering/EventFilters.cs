using System.Text;
using NotifyQuery.EventSource.Filtering;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Filters of patterns as they are configured, and records as they are given to them.</summary>
internal static class EventFilters
{
    public static EventFilter Filter(params string[] patterns)
    {
        var (filter, problems) = EventFilter.Parse(Criteria(patterns));
        Assert.True(filter is not null, string.Join(' ', problems));
        return filter;
    }

    public static FilterCriteriaOptions Criteria(params string[] patterns) =>
        new() { Filters = [.. patterns.Select(pattern => new FilterOptions { Pattern = pattern })] };

    public static byte[] Bytes(string record) => Encoding.UTF8.GetBytes(record);
}
