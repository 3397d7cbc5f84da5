using System.Globalization;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Operations.Cost;

/// <summary>A line of an estimate.</summary>
/// <param name="What">What is paid for.</param>
/// <param name="Units">How much of it.</param>
/// <param name="Usd">What it costs, in USD.</param>
public sealed record CostLine(string What, string Units, double Usd);

/// <summary>
/// What the system costs, from the units that its operations take. The units are computed as DynamoDB bills them, by the rules by which the
/// code reads and writes; tests compare them with an engine's counts.
/// </summary>
/// <param name="Commands">What the commands cost, and their projection.</param>
/// <param name="Queries">What the queries cost.</param>
/// <param name="EachQuery">What a million of each kind of query costs, all included.</param>
/// <param name="IdleHour">What an hour without reads and writes costs.</param>
public sealed record CostEstimate(
    IReadOnlyList<CostLine> Commands,
    IReadOnlyList<CostLine> Queries,
    IReadOnlyList<CostLine> EachQuery,
    IReadOnlyList<CostLine> IdleHour
)
{
    /// <summary>The alarms of deploy/stack.template.yaml.</summary>
    public const int Alarms = 13;

    private const double Million = 1_000_000;
    private const double HoursOfMonth = 730;
    private const int WriteUnitBytes = 1024,
        ReadUnitBytes = 4096;

    /// <summary>Estimates.</summary>
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
    /// The write units of a command: one for its own table; for the projection of an insert one for the table and for each index; for a
    /// change of status one more, because it leaves one key of status-index and enters another.
    /// </summary>
    public static double WriteUnits(CostOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var item = Units(options.ItemBytes, WriteUnitBytes);
        var indexes = QueryDefinition.All.Count(query => IndexPlan.Of(query.Kind).Index is not null);
        return Units(options.CommandBytes, WriteUnitBytes) + (item * (1 + indexes + 1 - options.Inserts));
    }

    /// <summary>The read units of a first page. Keys that have to be read again cost a little more: 1 % with 16 keys.</summary>
    public static double ReadUnits(QueryKind kind, CostOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return IndexPlan.Of(kind) switch
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
