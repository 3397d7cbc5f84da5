namespace NotifyQuery.Benchmarks.Admission;

/// <summary>The options of the simulation.</summary>
internal sealed record AdmissionOptions
{
    /// <summary>How many notifications the campaign has; each is written, then changes its status twice.</summary>
    public int Notifications { get; init; } = 1_000_000;

    /// <summary>The campaign's commands per second.</summary>
    public int CommandsPerSecond { get; init; } = 10_000;

    /// <summary>Commands per second of 200 other campaigns.</summary>
    public int OrdinaryPerSecond { get; init; } = 500;

    /// <summary>Queries per second for the campaign's first page.</summary>
    public int QueriesPerSecond { get; init; } = 50;

    /// <summary>Write units per second for which table and indexes were warmed beforehand: a partition for each thousand.</summary>
    public int WarmUnits { get; init; } = 40_000;

    /// <summary>Concurrent batches: shards times ParallelizationFactor.</summary>
    public int Lanes { get; init; } = 20;

    /// <summary>Records of a batch.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>Concurrent writes of a batch.</summary>
    public int Concurrency { get; init; } = 32;

    /// <summary>How long a write takes, in seconds.</summary>
    public double WriteSeconds { get; init; } = 0.005;

    /// <summary>What an invocation takes besides its writes, in seconds.</summary>
    public double InvocationSeconds { get; init; } = 0.02;

    /// <summary>DynamoDB's limits.</summary>
    public AdmissionLimits Limits { get; init; } = new();

    /// <summary>After how many seconds a record is too old to be delivered: MaximumRecordAgeInSeconds.</summary>
    public double MaximumRecordAge { get; init; } = 21_600;
}

/// <summary>The result of the simulation.</summary>
/// <param name="Keys">The number of keys over which the campaign was spread.</param>
/// <param name="Commands">How many commands were written.</param>
/// <param name="Writing">How long they were written, in seconds.</param>
/// <param name="Applied">How many writes the projection made.</param>
/// <param name="Throttled">How many attempts at a write were refused.</param>
/// <param name="CatchUp">How long after the last command everything was projected, in seconds.</param>
/// <param name="IteratorAge">The highest age of a record that was not projected yet, in seconds.</param>
/// <param name="HottestKey">The index key with the most write units.</param>
/// <param name="HottestUnits">Its write units per second, while commands were written.</param>
/// <param name="ThrottledReads">How many reads of the campaign's keys were refused.</param>
/// <param name="Partitions">How many partitions campaign-index and status-index had at the end.</param>
/// <param name="GaveUp">Whether the oldest record became too old: then the simulation ended.</param>
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
