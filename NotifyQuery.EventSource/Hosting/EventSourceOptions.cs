using NotifyQuery.EventSource.Filtering;

namespace NotifyQuery.EventSource.Hosting;

/// <summary>
/// The settings of Lambda's event source mapping, with AWS's names, ranges and defaults. Configuration section <c>EventSource</c>.
/// </summary>
internal sealed class EventSourceOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "EventSource";

    /// <summary><see cref="StartingPosition"/>: the oldest record that the stream keeps.</summary>
    public const string TrimHorizon = "TRIM_HORIZON";

    /// <summary><see cref="StartingPosition"/>: after all that is there when it is first read.</summary>
    public const string Latest = "LATEST";

    /// <summary><see cref="FunctionResponseTypes"/>: the function names the records that it is not done with.</summary>
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

    /// <summary>Whether the function names the records that it is not done with.</summary>
    public bool ReportsItemFailures => FunctionResponseTypes.Contains(ReportBatchItemFailures);

    /// <summary>Whether what is there when the stream is first read is left out.</summary>
    public bool StartsAtLatest => StartingPosition == Latest;

    /// <summary><see cref="MaximumBatchingWindowInSeconds"/>.</summary>
    public TimeSpan BatchingWindow => TimeSpan.FromSeconds(MaximumBatchingWindowInSeconds);

    /// <summary><see cref="MaximumRecordAgeInSeconds"/>; null for no limit.</summary>
    public TimeSpan? MaximumRecordAge => MaximumRecordAgeInSeconds < 0 ? null : TimeSpan.FromSeconds(MaximumRecordAgeInSeconds);

    /// <summary><see cref="FunctionTimeout"/>.</summary>
    public TimeSpan Timeout => TimeSpan.FromSeconds(FunctionTimeout);

    /// <summary><see cref="LeaseSeconds"/>.</summary>
    public TimeSpan LeaseDuration => TimeSpan.FromSeconds(LeaseSeconds);

    /// <summary><see cref="RetryDelayMilliseconds"/>.</summary>
    public TimeSpan RetryDelay => TimeSpan.FromMilliseconds(RetryDelayMilliseconds);

    /// <summary><see cref="MaximumRetryDelayMilliseconds"/>.</summary>
    public TimeSpan MaximumRetryDelay => TimeSpan.FromMilliseconds(MaximumRetryDelayMilliseconds);
}
