using NotifyQuery.EventSource.Filtering;

namespace NotifyQuery.EventSource.Hosting;

/// <summary>
/// The settings of Lambda's event source mapping, with AWS's names, ranges and defaults, and a few of this program that say so.
/// Configuration section <c>EventSource</c>.
/// </summary>
internal sealed class EventSourceOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "EventSource";

    /// <summary><see cref="StartingPosition"/>: the oldest record in the stream.</summary>
    public const string TrimHorizon = "TRIM_HORIZON";

    /// <summary><see cref="StartingPosition"/>: only records that are written after the first read.</summary>
    public const string Latest = "LATEST";

    /// <summary><see cref="FunctionResponseTypes"/>: the function returns the records that failed.</summary>
    public const string ReportBatchItemFailures = "ReportBatchItemFailures";

    /// <summary>The table with the stream; command-records if not set.</summary>
    public string TableName { get; set; } = "";

    /// <summary>The function that receives the batches.</summary>
    public string FunctionName { get; set; } = "";

    /// <summary>Whether delivery is on, until an operator changes it ('projection pause', 'projection resume').</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>TRIM_HORIZON or LATEST. AWS has no default. Here the default skips no records.</summary>
    public string StartingPosition { get; set; } = TrimHorizon;

    /// <summary>The maximum number of records in one invocation.</summary>
    public int BatchSize { get; set; } = 100;

    /// <summary>How long to collect records for a batch; 0 sends the available records at once.</summary>
    public int MaximumBatchingWindowInSeconds { get; set; }

    /// <summary>The maximum number of retries of a failed batch; -1 for no limit.</summary>
    public int MaximumRetryAttempts { get; set; } = -1;

    /// <summary>The maximum age of a record to be sent; -1 for no limit.</summary>
    public int MaximumRecordAgeInSeconds { get; set; } = -1;

    /// <summary>Whether to halve a failed batch.</summary>
    public bool BisectBatchOnFunctionError { get; set; }

    /// <summary>Concurrent batches per shard. The changes of one item stay in order.</summary>
    public int ParallelizationFactor { get; set; } = 1;

    /// <summary>Empty, or ReportBatchItemFailures.</summary>
    public IList<string> FunctionResponseTypes { get; set; } = [];

    /// <summary>Which records are delivered; all if there are no filters. Other records count as done.</summary>
    public FilterCriteriaOptions FilterCriteria { get; set; } = new();

    /// <summary>The function's own timeout, in seconds.</summary>
    public double FunctionTimeout { get; set; } = 30;

    /// <summary>The delay after the first failure, in milliseconds. It doubles with each further failure.</summary>
    public int RetryDelayMilliseconds { get; set; } = 100;

    /// <summary>The maximum delay between two attempts, in milliseconds.</summary>
    public int MaximumRetryDelayMilliseconds { get; set; } = 10_000;

    /// <summary>
    /// The duration of the lease in seconds. If the owner stops renewing it, another event source takes over after this time.
    /// </summary>
    public double LeaseSeconds { get; set; } = 5;

    /// <summary>Whether the function returns the records that failed.</summary>
    public bool ReportsItemFailures => FunctionResponseTypes.Contains(ReportBatchItemFailures);

    /// <summary>Whether records from before the first read of the stream are skipped.</summary>
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
