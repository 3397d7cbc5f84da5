using System.CommandLine;
using System.CommandLine.Invocation;
using NotifyQuery.Tools;
using NotifyQuery.Tools.Failures;
using NotifyQuery.Tools.Reconciliation;
using NotifyQuery.Tools.Simulation;

var root = new RootCommand("NotifyQuery's tools for operators and developers.")
{
    SimulateWritesCommand.Create(),
    ReconcileCommands.CreateReconcile(),
    ReconcileCommands.CreateRebuild(),
    FailuresCommand.Create(),
};
await using var telemetry = ToolTelemetry.Start();
var parsed = root.Parse(args);
var exitCode = await parsed.InvokeAsync();
return parsed.Action is ParseErrorAction ? ExitCode.Usage : exitCode;
