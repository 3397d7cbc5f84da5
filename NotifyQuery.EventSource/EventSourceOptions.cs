using System.Globalization;
using Microsoft.Extensions.Options;
using NotifyQuery.EventSource.Filtering;

namespace NotifyQuery.EventSource;

/// <summary>The knobs of Lambda's event source mapping, with AWS's names, ranges and defaults. Configuration section <c>EventSource</c>.</summary>
internal sealed class EventSourceOptions
{
    public const string Section = "EventSource";

    public const string TrimHorizon = "TRIM_HORIZON";
    public const string Latest = "LATEST";
    public const string ReportBatchItemFailures = "ReportBatchItemFailures";

    /// <summary>The table whose stream is read; command-records when nothing else is said.</summary>
    public string TableName { get; set; } = "";

    /// <summary>The function that gets the batches.</summary>
    public string FunctionName { get; set; } = "";

    /// <summary>Whether it delivers, until an operator says otherwise ('projection pause', 'projection resume').</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>TRIM_HORIZON or LATEST. AWS has no default; here nothing is left out unless somebody asks for it.</summary>
    public string StartingPosition { get; set; } = TrimHorizon;

    /// <summary>Most records in one invocation.</summary>
    public int BatchSize { get; set; } = 100;

    /// <summary>How long to gather records for a batch; 0 sends what is there.</summary>
    public int MaximumBatchingWindowInSeconds { get; set; }

    /// <summary>How often a failed batch is tried again; -1 without end.</summary>
    public int MaximumRetryAttempts { get; set; } = -1;

    /// <summary>Records older than this are not sent; -1 for no such limit.</summary>
    public int MaximumRecordAgeInSeconds { get; set; } = -1;

    /// <summary>Halve a batch that failed.</summary>
    public bool BisectBatchOnFunctionError { get; set; }

    /// <summary>Concurrent batches per shard; order is kept per item.</summary>
    public int ParallelizationFactor { get; set; } = 1;

    /// <summary>Empty, or ReportBatchItemFailures.</summary>
    public IList<string> FunctionResponseTypes { get; set; } = [];

    /// <summary>Which records are delivered; all when there are no filters. The others count as done.</summary>
    public FilterCriteriaOptions FilterCriteria { get; set; } = new();

    /// <summary>The function's own timeout, in seconds.</summary>
    public double FunctionTimeout { get; set; } = 30;

    /// <summary>The wait after a first failure, in milliseconds; it doubles with each further one.</summary>
    public int RetryDelayMilliseconds { get; set; } = 100;

    /// <summary>The longest wait between two attempts, in milliseconds.</summary>
    public int MaximumRetryDelayMilliseconds { get; set; } = 10_000;

    /// <summary>How long, in seconds, another event source waits before it takes over from one that fell silent.</summary>
    public double LeaseSeconds { get; set; } = 5;

    public bool ReportsItemFailures => FunctionResponseTypes.Contains(ReportBatchItemFailures);

    public bool StartsAtLatest => StartingPosition == Latest;

    public TimeSpan BatchingWindow => TimeSpan.FromSeconds(MaximumBatchingWindowInSeconds);

    public TimeSpan? MaximumRecordAge => MaximumRecordAgeInSeconds < 0 ? null : TimeSpan.FromSeconds(MaximumRecordAgeInSeconds);

    public TimeSpan Timeout => TimeSpan.FromSeconds(FunctionTimeout);

    public TimeSpan LeaseDuration => TimeSpan.FromSeconds(LeaseSeconds);

    public TimeSpan RetryDelay => TimeSpan.FromMilliseconds(RetryDelayMilliseconds);

    public TimeSpan MaximumRetryDelay => TimeSpan.FromMilliseconds(MaximumRetryDelayMilliseconds);
}

/// <summary>One sentence for each value that AWS would refuse.</summary>
internal sealed class EventSourceOptionsValidator : IValidateOptions<EventSourceOptions>
{
    public ValidateOptionsResult Validate(string? name, EventSourceOptions options)
    {
        var faults = Faults(options).ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Faults(EventSourceOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.TableName)) yield return "EventSource:TableName is missing: name the table whose stream is to be read.";
        if (string.IsNullOrWhiteSpace(options.FunctionName)) yield return "EventSource:FunctionName is missing: name the function that takes the batches.";
        if (options.StartingPosition is not (EventSourceOptions.TrimHorizon or EventSourceOptions.Latest))
            yield return $"EventSource:StartingPosition is '{options.StartingPosition}': use TRIM_HORIZON or LATEST.";
        if (Outside(options.BatchSize, 1, 10_000)) yield return Range(nameof(options.BatchSize), options.BatchSize, "1 to 10000");
        if (Outside(options.MaximumBatchingWindowInSeconds, 0, 300))
            yield return Range(nameof(options.MaximumBatchingWindowInSeconds), options.MaximumBatchingWindowInSeconds, "0 to 300");
        if (Outside(options.MaximumRetryAttempts, -1, 10_000))
            yield return Range(nameof(options.MaximumRetryAttempts), options.MaximumRetryAttempts, "0 to 10000, or -1 for no limit");
        if (options.MaximumRecordAgeInSeconds != -1 && Outside(options.MaximumRecordAgeInSeconds, 60, 604_800))
            yield return Range(nameof(options.MaximumRecordAgeInSeconds), options.MaximumRecordAgeInSeconds, "60 to 604800, or -1 for no limit");
        if (Outside(options.ParallelizationFactor, 1, 10)) yield return Range(nameof(options.ParallelizationFactor), options.ParallelizationFactor, "1 to 10");
        foreach (var type in options.FunctionResponseTypes.Where(type => type != EventSourceOptions.ReportBatchItemFailures))
            yield return $"EventSource:FunctionResponseTypes holds '{type}': the only response type is ReportBatchItemFailures.";
        foreach (var problem in EventFilter.Parse(options.FilterCriteria).Problems) yield return problem;
        if (!(options.FunctionTimeout is > 0 and <= 900)) yield return Range(nameof(options.FunctionTimeout), options.FunctionTimeout, "more than 0 and at most 900");
        if (Outside(options.RetryDelayMilliseconds, 1, 60_000)) yield return Range(nameof(options.RetryDelayMilliseconds), options.RetryDelayMilliseconds, "1 to 60000");
        if (Outside(options.MaximumRetryDelayMilliseconds, options.RetryDelayMilliseconds, 300_000))
            yield return Range(nameof(options.MaximumRetryDelayMilliseconds), options.MaximumRetryDelayMilliseconds, "RetryDelayMilliseconds to 300000");
        if (!(options.LeaseSeconds is >= 1 and <= 300)) yield return Range(nameof(options.LeaseSeconds), options.LeaseSeconds, "1 to 300");
    }

    private static bool Outside(int value, int lowest, int highest) => value < lowest || value > highest;

    private static string Range(string name, IFormattable value, string allowed) =>
        $"EventSource:{name} is {value.ToString(null, CultureInfo.InvariantCulture)}: use {allowed}.";
}
