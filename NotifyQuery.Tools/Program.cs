using System.CommandLine;
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
return await root.Parse(args).InvokeAsync();
