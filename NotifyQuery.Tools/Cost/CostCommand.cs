using System.CommandLine;
using System.Globalization;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.Operations;
using NotifyQuery.Operations.Cost;

namespace NotifyQuery.Tools.Cost;

/// <summary><c>cost</c>: estimates the cost of the system on AWS. Calls no service.</summary>
internal static class CostCommand
{
    public static Command Create()
    {
        var defaults = new CostOptions();
        var commands = Number("--commands", "Commands written.", defaults.Commands, 1e12);
        var inserts = Number("--inserts", "The share of them that are inserts, 0 to 1; the others change a status.", defaults.Inserts, 1);
        var queries = Number("--queries", "Queries, the same number of each kind.", defaults.Queries, 1e12);
        var keys = new Option<int>("--keys")
        {
            Description = "The number of keys over which a campaign is spread.",
            DefaultValueFactory = _ => defaults.Keys,
        }.Within(1, KeySpread.Maximum);
        var page = new Option<int>("--page")
        {
            Description = "Notifications per page.",
            DefaultValueFactory = _ => defaults.PageSize,
        }.Within(1, NotificationQuery.MaximumLimit);
        var commandBytes = new Option<int>("--command-bytes")
        {
            Description = "Size of a command in bytes.",
            DefaultValueFactory = _ => defaults.CommandBytes,
        }.Within(1, ItemSize.Limit);
        var itemBytes = new Option<int>("--item-bytes")
        {
            Description = "Size of its projection in bytes.",
            DefaultValueFactory = _ => defaults.ItemBytes,
        }.Within(1, ItemSize.Limit);
        var batch = new Option<int>("--batch-size")
        {
            Description = "Records per batch.",
            DefaultValueFactory = _ => defaults.BatchSize,
        }.Within(1, 10_000);
        var batchTime = Number(
            "--batch-ms",
            "Duration of the StreamProcessor function per batch, in milliseconds.",
            defaults.BatchMilliseconds,
            900_000
        );
        var queryTime = Number("--query-ms", "Duration of the Query function, in milliseconds.", defaults.QueryMilliseconds, 900_000);
        var resultTime = Number(
            "--query-result-ms",
            "Duration of the QueryResult function, in milliseconds.",
            defaults.QueryResultMilliseconds,
            900_000
        );
        var memory = Number("--memory-gb", "Memory of each function.", defaults.MemoryGB, 10);
        var write = Number("--write-price", "USD for a million write units.", defaults.WritePrice, 1e6);
        var read = Number("--read-price", "USD for a million read units.", defaults.ReadPrice, 1e6);
        var request = Number("--request-price", "USD for a million requests of the gateway.", defaults.RequestPrice, 1e6);
        var invocation = Number("--invocation-price", "USD for a million invocations.", defaults.InvocationPrice, 1e6);
        var second = Number("--gb-second-price", "USD for a GB-second of a function.", defaults.GBSecondPrice, 1e6);
        var alarm = Number("--alarm-price", "USD for an alarm for a month.", defaults.AlarmPrice, 1e6);
        var dashboard = Number("--dashboard-price", "USD for a dashboard for a month.", defaults.DashboardPrice, 1e6);
        var handler = Number(
            "--handler-price",
            "USD for an hour of the Handler's cluster, nodes and load balancer.",
            defaults.HandlerPrice,
            1e6
        );
        var command = new Command(
            "cost",
            "Estimate what the system costs on AWS: commands, queries, an idle hour. It calls no service; prices are parameters "
                + "(defaults: us-east-1)."
        )
        {
            commands,
            inserts,
            queries,
            keys,
            page,
            commandBytes,
            itemBytes,
            batch,
            batchTime,
            queryTime,
            resultTime,
            memory,
            write,
            read,
            request,
            invocation,
            second,
            alarm,
            dashboard,
            handler,
        };
        command.SetAction(parsed =>
        {
            var estimate = CostEstimate.Of(
                new()
                {
                    Commands = parsed.GetValue(commands),
                    Inserts = parsed.GetValue(inserts),
                    Queries = parsed.GetValue(queries),
                    Keys = parsed.GetValue(keys),
                    PageSize = parsed.GetValue(page),
                    CommandBytes = parsed.GetValue(commandBytes),
                    ItemBytes = parsed.GetValue(itemBytes),
                    BatchSize = parsed.GetValue(batch),
                    BatchMilliseconds = parsed.GetValue(batchTime),
                    QueryMilliseconds = parsed.GetValue(queryTime),
                    QueryResultMilliseconds = parsed.GetValue(resultTime),
                    MemoryGB = parsed.GetValue(memory),
                    WritePrice = parsed.GetValue(write),
                    ReadPrice = parsed.GetValue(read),
                    RequestPrice = parsed.GetValue(request),
                    InvocationPrice = parsed.GetValue(invocation),
                    GBSecondPrice = parsed.GetValue(second),
                    AlarmPrice = parsed.GetValue(alarm),
                    DashboardPrice = parsed.GetValue(dashboard),
                    HandlerPrice = parsed.GetValue(handler),
                }
            );
            new Output(parsed.GetValue(CommonOptions.Json), parsed.GetValue(CommonOptions.Quiet)).Result(
                estimate,
                OperationsJson.Default.CostEstimate,
                () => Show(estimate)
            );
            return ExitCode.Ok;
        });
        return command.WithExamples("cost", "cost --commands 3000000 --queries 500000", "cost --keys 64 --write-price 0.7");
    }

    private static Option<double> Number(string name, string description, double value, double most) =>
        new Option<double>(name) { Description = description, DefaultValueFactory = _ => value }.Within(0, most);

    private static void Show(CostEstimate estimate)
    {
        foreach (
            var (title, lines, total) in ((string, IReadOnlyList<CostLine>, bool)[])
                [
                    ("Commands", estimate.Commands, true),
                    ("Queries", estimate.Queries, true),
                    ("Each query", estimate.EachQuery, false),
                    ("An idle hour", estimate.IdleHour, true),
                ]
        )
        {
            Output.Say(title);
            var rows = lines.Select(line => (string[])[line.What, line.Units, Usd(line.Usd)]);
            Output.ShowTable(["what", "units", "USD"], [.. total ? rows.Append(["together", "", Usd(lines.Sum(line => line.Usd))]) : rows]);
        }

        Output.Say("Logs, backups and stored data are not included.");
    }

    private static string Usd(double value) => value.ToString(value is 0 or >= 0.1 ? "0.00" : "0.0000", CultureInfo.InvariantCulture);
}
