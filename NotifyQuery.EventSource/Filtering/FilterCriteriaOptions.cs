namespace NotifyQuery.EventSource.Filtering;

/// <summary>AWS's FilterCriteria: a record is delivered when any of the filters takes it. Without filters every record is.</summary>
internal sealed class FilterCriteriaOptions
{
    /// <summary>The filters.</summary>
    public IList<FilterOptions> Filters { get; set; } = [];
}

/// <summary>One of the filters.</summary>
internal sealed class FilterOptions
{
    /// <summary>The pattern: a JSON object as text.</summary>
    public string? Pattern { get; set; }
}
