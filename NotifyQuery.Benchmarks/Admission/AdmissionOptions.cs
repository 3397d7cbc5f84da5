namespace NotifyQuery.Benchmarks.Admission;

/// <summary>The options of the simulation.</summary>
internal sealed record AdmissionOptions
{
    /// <summary>The number of notifications of the campaign. Each is inserted, and then changes its status twice.</summary>
    public int Notifications { get; init; } = 1_000_000;

    /// <summary>The campaign's commands per second.</summary>
    public int CommandsPerSecond { get; init; } = 10_000;

    /// <summary>Commands per second of 200 other campaigns together.</summary>
    public int OrdinaryPerSecond { get; init; } = 500;

    /// <summary>Queries per second for the campaign's first page.</summary>
    public int QueriesPerSecond { get; init; } = 50;

    /// <summary>The write units per second for which the table and its indexes were warmed: one partition for each thousand.</summary>
    public int WarmUnits { get; init; } = 40_000;

    /// <summary>Concurrent batches: shards times ParallelizationFactor.</summary>
    public int Lanes { get; init; } = 20;

    /// <summary>The number of records in a batch.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>The number of concurrent writes of a batch.</summary>
    public int Concurrency { get; init; } = 32;

    /// <summary>The duration of a write, in seconds.</summary>
    public double WriteSeconds { get; init; } = 0.005;

    /// <summary>The duration of an invocation without its writes, in seconds.</summary>
    public double InvocationSeconds { get; init; } = 0.02;

    /// <summary>DynamoDB's limits.</summary>
    public AdmissionLimits Limits { get; init; } = new();

    /// <summary>The age in seconds from which a record is too old to be delivered: MaximumRecordAgeInSeconds.</summary>
    public double MaximumRecordAge { get; init; } = 21_600;
}

/// <summary>The result of the simulation.</summary>
/// <param name="Keys">The number of keys over which the campaign was spread.</param>
/// <param name="Commands">The number of commands.</param>
/// <param name="Writing">For how many seconds commands were written.</param>
/// <param name="Applied">The number of writes of the projection.</param>
/// <param name="Throttled">The number of refused write attempts.</param>
/// <param name="CatchUp">How many seconds after the last command everything was projected.</param>
/// <param name="IteratorAge">The highest age of an unprojected record, in seconds.</param>
/// <param name="HottestKey">The index key that consumed the most write units.</param>
/// <param name="HottestUnits">The write units per second of that key, while commands were written.</param>
/// <param name="ThrottledReads">The number of refused reads of the campaign's keys.</param>
/// <param name="Partitions">The number of partitions of campaign-index and status-index at the end.</param>
/// <param name="GaveUp">Whether the oldest record became too old, which ended the simulation.</param>
internal sealed record AdmissionResult(
    int Keys,
    long Commands,
    double Writing,
    long Applied,
    long Throttled,
    double CatchUp,
    double IteratorAge,
    string HottestKey,
    double HottestUnits,
    long ThrottledReads,
    (int Campaign, int Status) Partitions,
    bool GaveUp
);
