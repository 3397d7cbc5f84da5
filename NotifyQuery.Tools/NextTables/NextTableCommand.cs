using System.CommandLine;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.NextTables;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Operations.Reports;
using NotifyQuery.Tools.Reconciliation;

namespace NotifyQuery.Tools.NextTables;

/// <summary><c>next-table</c>: replaces the query table of the system that runs here, step by step, while queries continue.</summary>
internal static class NextTableCommand
{
    public static Command Create()
    {
        var command = new Command(
            "next-table",
            "Replace the query table of the system that runs here: fill another one beside it, serve it, make it the only one."
        )
        {
            Status(),
            Fill(),
            Serve(),
            Promote(),
            Finish(),
        };
        return command.WithExamples(
            "next-table status",
            "next-table fill",
            "next-table serve next",
            "next-table serve current",
            "next-table promote",
            "next-table finish"
        );
    }

    private static Command Status()
    {
        var command = new Command("status", "Show the query tables, which one is served, and what comes next.");
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    parsed,
                    async (session, next) =>
                    {
                        var report = await next.StatusAsync(cancellationToken);
                        session.Output.Result(
                            session.QueryTables!.Read(),
                            Operations.OperationsJson.Default.QueryTables,
                            () => Output.Show(report)
                        );
                        return ExitCode.Ok;
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static Command Fill()
    {
        var restart = new Option<bool>("--restart") { Description = "Start from the beginning, not where a fill was stopped." };
        var segments = new Option<int>("--segments")
        {
            Description = "How many parts of command-records are read at once.",
            DefaultValueFactory = _ => 4,
        }.Within(1, 64);
        var command = new Command("fill", "Project all of command-records to the next table. Can be stopped and continued.")
        {
            restart,
            segments,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var report = new ReconcileReport();
                return RunAsync(
                    parsed,
                    async (session, next) =>
                    {
                        var commands =
                            (await session.Client.DescribeTableAsync(session.Tables.CommandRecords, cancellationToken)).Table.ItemCount
                            ?? 0;
                        await session.Output.ShowProgressAsync(
                            "filling",
                            commands,
                            () => report.Commands,
                            () => next.FillAsync(parsed.GetValue(segments), parsed.GetValue(restart), report, cancellationToken)
                        );
                        session.Output.Result(
                            ReconcileAnswer.Of(report),
                            ToolsJson.Default.ReconcileAnswer,
                            () => Output.Show(report.ToReport())
                        );
                        return report.Agree ? ExitCode.Ok : ExitCode.CheckFailed;
                    },
                    cancellationToken,
                    () => report.Summary()
                );
            }
        );
        return command;
    }

    private static Command Serve()
    {
        var table = new Argument<string>("table") { Description = "next or current." };
        table.AcceptOnlyFromAmong("next", "current");
        var command = new Command(
            "serve",
            "Answer queries from the next table, once it agrees with command-records, or from the current one again."
        )
        {
            table,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                StepAsync(parsed, next => next.ServeAsync(parsed.GetValue(table) == "next", cancellationToken), cancellationToken)
        );
        return command;
    }

    private static Command Promote()
    {
        var command = new Command("promote", "Make the next table, which is served, the current one: both processors write it.");
        command.SetAction(
            (parsed, cancellationToken) => StepAsync(parsed, next => next.PromoteAsync(cancellationToken), cancellationToken)
        );
        return command;
    }

    private static Command Finish()
    {
        var command = new Command("finish", "Stop the second processor and delete the former table.");
        command.SetAction((parsed, cancellationToken) => StepAsync(parsed, next => next.FinishAsync(cancellationToken), cancellationToken));
        return command;
    }

    private static Task<int> StepAsync(
        ParseResult parsed,
        Func<NextTable, Task<NextTableStep>> step,
        CancellationToken cancellationToken
    ) =>
        RunAsync(
            parsed,
            async (session, next) =>
            {
                var made = await step(next);
                session.Output.Result(made.Tables, Operations.OperationsJson.Default.QueryTables, () => Output.Say(made.Said));
                return ExitCode.Ok;
            },
            cancellationToken
        );

    private static Task<int> RunAsync(
        ParseResult parsed,
        Func<Session, NextTable, Task<int>> work,
        CancellationToken cancellationToken,
        Func<string?>? done = null
    ) =>
        Session.RunAsync(
            parsed,
            async session =>
            {
                if (parsed.GetValue(CommonOptions.Endpoint) is CommonOptions.Account)
                    return session.Output.Fail("For a stack, use deploy/deploy.sh next-table, serve, promote and finish.", ExitCode.Usage);
                if (session.QueryTables is not { } file)
                {
                    return session.Output.Fail(
                        "No system with a next table runs here: start one with 'dotnet run --project NotifyQuery.AppHost -- "
                            + "--NotifyQuery:NextTable=<name>'.",
                        ExitCode.Usage
                    );
                }

                try
                {
                    return await work(session, new(file, session.Client, new TableNames(), TimeProvider.System));
                }
                catch (NextTableRefusedException exception)
                {
                    return session.Output.Fail(exception.Message, ExitCode.CheckFailed);
                }
            },
            done ?? (() => null),
            cancellationToken
        );
}
