using System.CommandLine;
using System.CommandLine.Invocation;
using NotifyQuery.Operations.Streams;
using NotifyQuery.Tools.Api;
using NotifyQuery.Tools.Control;
using NotifyQuery.Tools.Cost;
using NotifyQuery.Tools.Erasing;
using NotifyQuery.Tools.Failures;
using NotifyQuery.Tools.Inspection;
using NotifyQuery.Tools.NextTables;
using NotifyQuery.Tools.Reading;
using NotifyQuery.Tools.Reconciliation;
using NotifyQuery.Tools.Report;
using NotifyQuery.Tools.Seeding;
using NotifyQuery.Tools.Simulation;
using NotifyQuery.Tools.Streams;
using NotifyQuery.Tools.Watching;

namespace NotifyQuery.Tools;

/// <summary>The command line of the tools: all commands with their options, and how they are run.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">The command line, without the program's name.</param>
    /// <returns>The exit code, see <see cref="ExitCode" />.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand(
            "NotifyQuery's tools for operators and developers. Exit codes: 0 ok, 1 a check failed, 2 wrong usage, 3 unreachable, 130 "
                + "stopped by Ctrl-C."
        )
        {
            SimulateWritesCommand.Create(),
            CheckStreamCommand.Create(),
            CheckApiCommand.Create(),
            BenchCommand.Create(),
            InspectCommand.Create(),
            WatchCommand.Create(),
            ReconcileCommands.CreateReconcile(),
            ReconcileCommands.CreateRebuild(),
            NextTableCommand.Create(),
            FailuresCommand.Create(),
            ProjectionCommand.Create(),
            EraseCommand.Create(),
            SeedCommand.Create(),
            ReportCommand.Create(),
            CostCommand.Create(),
        };
        foreach (var option in CommonOptions.All)
            root.Add(option);
        Help.ShowExamples(root);
        await using var telemetry = ToolTelemetry.Start();

        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0 && arguments.Contains(CommonOptions.Json.Name))
            return new Output(json: true, quiet: false).Fail(
                string.Join(' ', parsed.Errors.Select(error => error.Message)),
                ExitCode.Usage
            );
        if (parsed.Action is ParseErrorAction)
        {
            // First the error, wrapped like every sentence, then the help.
            using var wrong = new StringWriter();
            using var help = new StringWriter();
            await parsed.InvokeAsync(new() { Error = wrong, Output = help });
            Output.Warn(wrong.ToString().TrimEnd());
            CommandHost.Current.Output.WriteLine($"{Environment.NewLine}{help.ToString().Trim()}");
            return ExitCode.Usage;
        }

        // After Ctrl-C, a command prints its partial result, and check-stream removes its record. Both get the time that they need.
        return await parsed.InvokeAsync(
            new()
            {
                Output = CommandHost.Current.Output,
                Error = CommandHost.Current.Error,
                ProcessTerminationTimeout = StreamCheck.CleanUpLimit * 2,
            }
        );
    }
}
