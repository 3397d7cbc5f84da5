namespace NotifyQuery.Operations.Cost;

/// <summary>
/// The inputs of an estimate. Durations are derived from measurements (docs/cost.md). Prices are those of us-east-1, on demand.
/// </summary>
public sealed record CostOptions
{
    /// <summary>The number of commands that are written.</summary>
    public double Commands { get; init; } = 1_000_000;

    /// <summary>The share of inserts among the commands. The others change a status.</summary>
    public double Inserts { get; init; } = 1 / 3.0;

    /// <summary>The number of queries, spread evenly over all kinds.</summary>
    public double Queries { get; init; } = 1_000_000;

    /// <summary>The number of notifications on a page.</summary>
    public int PageSize { get; init; } = 20;

    /// <summary>The number of keys over which a campaign, or a status on one day, is spread.</summary>
    public int Keys { get; init; } = 16;

    /// <summary>The size of a command in bytes, as DynamoDB counts them.</summary>
    public int CommandBytes { get; init; } = 514;

    /// <summary>The size of its projection in bytes.</summary>
    public int ItemBytes { get; init; } = 765;

    /// <summary>The number of records in a batch of the event source mapping.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>The duration of the StreamProcessor function for a batch, in milliseconds.</summary>
    public double BatchMilliseconds { get; init; } = 140;

    /// <summary>The duration of the Query function, including its wait for the complete response, in milliseconds.</summary>
    public double QueryMilliseconds { get; init; } = 31;

    /// <summary>The duration of the QueryResult function, in milliseconds.</summary>
    public double QueryResultMilliseconds { get; init; } = 25;

    /// <summary>The memory of each function, in GB.</summary>
    public double MemoryGB { get; init; } = 0.5;

    /// <summary>USD for a million write units.</summary>
    public double WritePrice { get; init; } = 0.625;

    /// <summary>USD for a million read units.</summary>
    public double ReadPrice { get; init; } = 0.125;

    /// <summary>USD for a million requests of the HTTP API.</summary>
    public double RequestPrice { get; init; } = 1.00;

    /// <summary>USD for a million invocations.</summary>
    public double InvocationPrice { get; init; } = 0.20;

    /// <summary>USD for a GB-second of a function (arm64).</summary>
    public double GBSecondPrice { get; init; } = 0.0000133334;

    /// <summary>USD for an alarm per month.</summary>
    public double AlarmPrice { get; init; } = 0.10;

    /// <summary>USD for a dashboard per month.</summary>
    public double DashboardPrice { get; init; } = 3.00;

    /// <summary>USD for an hour of the Handler's infrastructure: control plane of the cluster, nodes, load balancer.</summary>
    public double HandlerPrice { get; init; } = 0.10 + (2 * 0.0168) + 0.0225;
}
