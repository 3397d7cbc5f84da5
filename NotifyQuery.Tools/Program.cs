using System.CommandLine;
using NotifyQuery.Tools.Simulation;

var root = new RootCommand("NotifyQuery's tools for operators and developers.") { SimulateWritesCommand.Create() };
return await root.Parse(args).InvokeAsync();
