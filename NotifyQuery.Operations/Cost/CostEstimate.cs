using System.Globalization;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Operations.Cost;

/// <summary>A line of an estimate.</summary>
/// <param name="What">The resource that is charged.</param>
/// <param name="Units">The quantity.</param>
/// <param name="Usd">What it costs, in USD.</param>
public sealed record CostLine(string What, string Units, double Usd);

/// <summary>
/// The cost of the system, computed from the units that its operations consume. The units follow DynamoDB's billing rules and the access
/// patterns of the code; tests compare them with an engine's counts.
/// </summary>
/// <param name="Commands">The cost of the commands and of their projection.</param>
/// <param name="Queries">The cost of the queries.</param>
/// <param name="EachQuery">The cost of a million queries of each kind, everything included.</param>
/// <param name="IdleHour">The cost of an hour without reads and writes.</param>
public sealed record CostEstimate(
    IReadOnlyList<CostLine> Commands,
    IReadOnlyList<CostLine> Queries,
    IReadOnlyList<CostLine> EachQuery,
    IReadOnlyList<CostLine> IdleHour
)
{
    /// <summary>The number of alarms in deploy/stack.template.yaml.</summary>
    public const int Alarms = 13;

    private const double Million = 1_000_000;
    private const double HoursOfMonth = 730;
    private const int WriteUnitBytes = 1024,
        ReadUnitBytes = 4096;

    /// <summary>Computes the estimate.</summary>
    public static CostEstimate Of(CostOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var read = QueryDefinition.All.Average(query => ReadUnits(query.Kind, options));
        var writes = WriteUnits(options);
        var batches = options.Commands / options.BatchSize;
        return new(
            [
                Line("write units", options.Commands * writes, options.WritePrice),
                Line("StreamProcessor: invocations", batches, options.InvocationPrice),
                Duration("StreamProcessor", batches, options.BatchMilliseconds, options),
            ],
            [
                Line("read units", options.Queries * read, options.ReadPrice),
                Line("gateway: requests", options.Queries, options.RequestPrice),
                Line("Query and QueryResult: invocations", 2 * options.Queries, options.InvocationPrice),
                Duration("Query", options.Queries, options.QueryMilliseconds, options),
                Duration("QueryResult", options.Queries, options.QueryResultMilliseconds, options),
            ],
            [
                .. QueryDefinition.All.Select(query => new CostLine(
                    $"a million by {query.Name}",
                    string.Create(CultureInfo.InvariantCulture, $"{ReadUnits(query.Kind, options):0.##} read units each"),
                    (ReadUnits(query.Kind, options) * options.ReadPrice)
                        + options.RequestPrice
                        + (2 * options.InvocationPrice)
                        + (
                            (options.QueryMilliseconds + options.QueryResultMilliseconds)
                            / 1000
                            * options.MemoryGB
                            * options.GBSecondPrice
                            * Million
                        )
                )),
            ],
            [
                new("alarms", string.Create(CultureInfo.InvariantCulture, $"{Alarms}"), Alarms * options.AlarmPrice / HoursOfMonth),
                new("dashboard", "1", options.DashboardPrice / HoursOfMonth),
                new("the Handler's cluster, nodes and load balancer", "1 hour", options.HandlerPrice),
                new("functions, tables, stream, gateway", "0", 0),
            ]
        );
    }

    /// <summary>
    /// The write units of a command: one for its own table. The projection of an insert takes one for the query table and one for each
    /// index. A change of status takes one more, because the item leaves one key of status-index and enters another.
    /// </summary>
    public static double WriteUnits(CostOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var item = Units(options.ItemBytes, WriteUnitBytes);
        var indexes = QueryDefinition.All.Count(query => QueryIndex.Of(query.Kind).Index is not null);
        return Units(options.CommandBytes, WriteUnitBytes) + (item * (1 + indexes + 1 - options.Inserts));
    }

    /// <summary>The read units of a first page. Reading a key a second time adds a little: 1 % with 16 keys.</summary>
    public static double ReadUnits(QueryKind kind, CostOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return QueryIndex.Of(kind) switch
        {
            _ when QueryDefinition.Of(kind).HasOneResult => 0.5,
            { Shared: null } => Query(options.PageSize + 1),
            _ => options.Keys * Query(DynamoDBNotificationReader.ShareOf(options.PageSize + 1, options.Keys)),
        };

        double Query(int items) => Units(items * options.ItemBytes, ReadUnitBytes) * 0.5;
    }

    private static double Units(double bytes, int unit) => Math.Max(1, Math.Ceiling(bytes / unit));

    private static CostLine Line(string what, double units, double price) =>
        new(what, string.Create(CultureInfo.InvariantCulture, $"{units / Million:0.##} million"), units / Million * price);

    private static CostLine Duration(string function, double invocations, double milliseconds, CostOptions options)
    {
        var seconds = invocations * milliseconds / 1000 * options.MemoryGB;
        return new(
            $"{function}: {milliseconds:0.#} ms at {options.MemoryGB:0.##} GB",
            string.Create(CultureInfo.InvariantCulture, $"{seconds:N0} GB-seconds"),
            seconds * options.GBSecondPrice
        );
    }
}
