using System.CommandLine;
using NotifyQuery.Benchmarks.Micro;
using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Benchmarks.Scenarios;

namespace NotifyQuery.Benchmarks;

/// <summary><c>all</c>: creates the complete report.</summary>
internal static class AllCommand
{
    public static Command Create()
    {
        var output = Publication.FolderOption();
        var command = new Command("all", "Run the whole report: every scenario of 'system' except 'soak', then 'micro'.") { output };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var folder = parsed.GetValue(output)!;
                var exitCode = await SystemCommand.RunAsync(AllScenarios.ByDefault, new BenchOptions(), new(folder), cancellationToken);
                return cancellationToken.IsCancellationRequested ? exitCode : Math.Max(exitCode, MicroCommand.Run([], new(folder)));
            }
        );
        return command;
    }
}
