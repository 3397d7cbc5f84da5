namespace NotifyQuery.Operations.Cost;

/// <summary>
/// The inputs of an estimate. Durations are computed from measured ones (docs/cost.md); prices are those of us-east-1, on demand.
/// </summary>
public sealed record CostOptions
{
    /// <summary>Commands that are written.</summary>
    public double Commands { get; init; } = 1_000_000;

    /// <summary>The part of them that are inserts; the others change a status.</summary>
    public double Inserts { get; init; } = 1 / 3.0;

    /// <summary>Queries, the same number of each kind.</summary>
    public double Queries { get; init; } = 1_000_000;

    /// <summary>Notifications of a page.</summary>
    public int PageSize { get; init; } = 20;

    /// <summary>The number of keys over which a campaign, and a status on a day, are spread.</summary>
    public int Keys { get; init; } = 16;

    /// <summary>Bytes of a command, as DynamoDB counts them.</summary>
    public int CommandBytes { get; init; } = 514;

    /// <summary>Bytes of its projection.</summary>
    public int ItemBytes { get; init; } = 765;

    /// <summary>Records of a batch of the event source mapping.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>How long the StreamProcessor function takes for a batch, in milliseconds.</summary>
    public double BatchMilliseconds { get; init; } = 140;

    /// <summary>How long the Query function takes, including its wait for the whole answer, in milliseconds.</summary>
    public double QueryMilliseconds { get; init; } = 31;

    /// <summary>How long the QueryResult function takes, in milliseconds.</summary>
    public double QueryResultMilliseconds { get; init; } = 25;

    /// <summary>Memory of each function, in GB.</summary>
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

    /// <summary>USD for an alarm for a month.</summary>
    public double AlarmPrice { get; init; } = 0.10;

    /// <summary>USD for a dashboard for a month.</summary>
    public double DashboardPrice { get; init; } = 3.00;

    /// <summary>USD for an hour of the Handler's infrastructure: control plane of the cluster, nodes, load balancer.</summary>
    public double HandlerPrice { get; init; } = 0.10 + (2 * 0.0168) + 0.0225;
}
