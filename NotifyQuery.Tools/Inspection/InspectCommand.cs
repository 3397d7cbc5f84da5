using System.CommandLine;
using System.Globalization;
using NotifyQuery.Operations;
using NotifyQuery.Operations.Inspection;
using NotifyQuery.Operations.Reports;

namespace NotifyQuery.Tools.Inspection;

/// <summary><c>inspect</c>: the state of every part.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var days = new Option<int>("--days")
        {
            Description = "How many days of dead letters are counted.",
            DefaultValueFactory = _ => 7,
        }.Within(1, 365);
        var command = new Command(
            "inspect",
            "Check tables, event source, functions, gateway and dead letters; exit code 1 if something is wrong."
        )
        {
            days,
        };
        CommonOptions.RefuseToken(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                Session.RunAsync(
                    parsed,
                    async session =>
                    {
                        var inspector = new Inspector(session.Client, session.Tables, session.Http, TimeProvider.System);
                        var result = await inspector.InspectAsync(
                            session.Addresses,
                            parsed.GetValue(days),
                            CommonOptions.Token,
                            cancellationToken
                        );
                        session.Output.Result(result, OperationsJson.Default.InspectionResult, () => Show(result));
                        return result.Problems.Count == 0 ? ExitCode.Ok : ExitCode.CheckFailed;
                    },
                    () => null,
                    cancellationToken
                )
        );
        return command.WithExamples("inspect", "inspect --json --quiet", "inspect --endpoint aws --gateway https://api.example.com");
    }

    private static void Show(InspectionResult result)
    {
        Section(
            "Tables",
            ["table", "status", "key", "items", "bytes", "stream"],
            [
                .. result.Tables.SelectMany(table =>
                    table
                        .Indexes.Select(index => (string[])[$"  {index.Name}", "", index.Keys, Number(index.Items), "", ""])
                        .Prepend([table.Name, table.Status, table.Keys, Number(table.Items), Number(table.Bytes), table.Stream ?? ""])
                ),
            ]
        );
        if (result.EventSource is { } source)
        {
            Output.Say(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Event source: {source.State}, {source.RecordsDone} stream records done, iterator age {source.IteratorAgeSeconds:F1} s"
                )
            );
            Output.ShowTable(
                ["shard", "checkpoint", "outstanding", "in flight"],
                [
                    .. source.Shards.Select(shard =>
                        (string[])
                            [shard.ShardId, shard.Checkpoint ?? "(start)", Number(shard.Outstanding), Number(shard.InvocationsInFlight)]
                    ),
                ]
            );
        }

        Section(
            "Functions",
            ["function", "state", "seen by"],
            [.. result.Functions.Select(function => (string[])[function.Name, function.State, function.Evidence])]
        );
        Section(
            "Gateway",
            ["route", "status", "ms"],
            [
                .. result.Routes.Select(route =>
                    (string[])
                        [
                            route.Route,
                            route.Status?.ToString(CultureInfo.InvariantCulture) ?? "-",
                            OperationReport.Milliseconds(route.Milliseconds),
                        ]
                ),
            ]
        );
        Section(
            "Dead letters",
            ["error", "letters", "newest"],
            [.. result.DeadLetters.Select(kind => (string[])[kind.Error, Number(kind.Letters), kind.Newest])]
        );
        if (result.DeadLetters.Count == 0)
            Output.Say("No unsettled dead letters.");
        foreach (var problem in result.Problems)
            Output.Say($"PROBLEM: {problem}");
    }

    private static void Section(string title, string[] columns, IReadOnlyList<string[]> rows)
    {
        Output.Say(title);
        Output.ShowTable(columns, rows);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
