using System.CommandLine;
using NotifyQuery.Benchmarks.Micro;
using NotifyQuery.Benchmarks.Scenarios;

namespace NotifyQuery.Benchmarks;

/// <summary><c>all</c>: the whole report.</summary>
internal static class AllCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--output") { Description = "The folder of performance.json and performance.md.", DefaultValueFactory = _ => "docs" };
        var command = new Command("all", "Make the whole report: every scenario of 'system', then 'micro'.") { output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = parsed.GetValue(output)!;
            var exitCode = await SystemCommand.RunAsync(AllScenarios.InOrder, quick: false, new(folder), cancellationToken);
            return cancellationToken.IsCancellationRequested ? exitCode : Math.Max(exitCode, MicroCommand.Run([], new(folder)));
        });
        return command;
    }
}
