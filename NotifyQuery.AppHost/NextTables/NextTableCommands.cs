using Amazon.DynamoDBv2;
using NotifyQuery.AppHost.Backends;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.NextTables;
using NotifyQuery.Operations.Reports;

namespace NotifyQuery.AppHost.NextTables;

/// <summary>
/// The steps that replace the query table, in the dashboard and with <c>aspire resource tables …</c>. They do the same as the tool
/// <c>next-table</c>.
/// </summary>
internal static class NextTableCommands
{
    private const string Current = "current";
    private const string Next = "next";

    /// <summary>Adds the steps, if there is a next table.</summary>
    public static IResourceBuilder<TablesResource> WithNextTableCommands(
        this IResourceBuilder<TablesResource> builder,
        Backend backend,
        QueryTablesOfRun tables
    )
    {
        if (tables.File is not { } file || tables.Now.Next is null)
            return builder;
        var restart = CommandArgument.Switch("restart", "Start from the beginning", "Do not continue where an earlier fill was stopped.");
        var which = CommandArgument.Text("table", "Table", $"{Next} or {Current}.");
        return builder
            .WithOperatorsCommand(
                backend,
                new("next-table", "Next table: status", "TableSearch")
                {
                    Description = "Show which query tables there are, which one is served, and what comes next.",
                    Arguments = [],
                    Progress = "Reading the tables.",
                    RunAsync = async (client, context) => (true, await Of(client).StatusAsync(context.CancellationToken)),
                }
            )
            .WithOperatorsCommand(
                backend,
                new("fill", "Next table: fill", "TableAdd")
                {
                    Description = "Project all of command-records to the next table.",
                    Arguments = [restart],
                    Question = "This reads all of command-records and writes to the next table. Continue?",
                    Progress =
                        "Filling the next table. The resource's log shows the progress. Cancel stops it; the next run continues there.",
                    RunAsync = (client, context) =>
                        TablesCommands.ReportAsync(
                            context,
                            report =>
                                Of(client).FillAsync(TablesCommands.Segments, restart.IsOn(context), report, context.CancellationToken)
                        ),
                }
            )
            .WithOperatorsCommand(
                backend,
                Step(
                    "serve",
                    "Next table: serve",
                    "ArrowSwap",
                    "Answer queries from the next table once it agrees with command-records, or from the current one again.",
                    [which],
                    "Queries will be answered from the other table. Continue?",
                    "Comparing the table, then replacing QueryResult with a process that uses it.",
                    (next, context) =>
                        (which.Given(context) ?? Next) switch
                        {
                            Next => next.ServeAsync(true, context.CancellationToken),
                            Current => next.ServeAsync(false, context.CancellationToken),
                            var other => throw new NextTableRefusedException($"table is '{other}': it must be {Next} or {Current}."),
                        }
                )
            )
            .WithOperatorsCommand(
                backend,
                Step(
                    "promote",
                    "Next table: promote",
                    "ArrowUp",
                    "Make the next table the current one: both processors write it.",
                    [],
                    "From then on, the former table is no longer written. Continue?",
                    "Restarting StreamProcessor with the next table.",
                    (next, context) => next.PromoteAsync(context.CancellationToken)
                )
            )
            .WithOperatorsCommand(
                backend,
                Step(
                    "finish",
                    "Next table: finish",
                    "Checkmark",
                    "Stop the second processor, and delete the former table.",
                    [],
                    "This deletes the former query table. Continue?",
                    "Comparing the current table, then stopping the second processor.",
                    (next, context) => next.FinishAsync(context.CancellationToken)
                )
            );

        NextTable Of(AmazonDynamoDBClient client) => new(file, client, new TableNames(), TimeProvider.System);

        OperatorsCommand Step(
            string name,
            string displayName,
            string icon,
            string description,
            CommandArgument[] arguments,
            string question,
            string progress,
            Func<NextTable, ExecuteCommandContext, Task<NextTableStep>> step
        ) =>
            new(name, displayName, icon)
            {
                Description = description,
                Arguments = arguments,
                Question = question,
                Progress = progress,
                RunAsync = async (client, context) =>
                {
                    try
                    {
                        return (true, new OperationReport((await step(Of(client), context)).Said));
                    }
                    catch (NextTableRefusedException exception)
                    {
                        return (false, new OperationReport(exception.Message));
                    }
                },
            };
    }
}
