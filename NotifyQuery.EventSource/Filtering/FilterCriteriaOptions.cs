namespace NotifyQuery.EventSource.Filtering;

/// <summary>AWS's FilterCriteria: a record is delivered when any filter matches it. Without filters, every record is delivered.</summary>
internal sealed class FilterCriteriaOptions
{
    /// <summary>The filters.</summary>
    public IList<FilterOptions> Filters { get; set; } = [];
}

/// <summary>One filter.</summary>
internal sealed class FilterOptions
{
    /// <summary>The pattern: a JSON object as text.</summary>
    public string? Pattern { get; set; }
}
