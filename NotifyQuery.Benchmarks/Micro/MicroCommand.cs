using System.CommandLine;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using NotifyQuery.Benchmarks.Report;

namespace NotifyQuery.Benchmarks.Micro;

/// <summary><c>micro</c>: runs BenchmarkDotNet, and publishes its results.</summary>
internal static class MicroCommand
{
    public static Command Create()
    {
        var output = Publication.FolderOption();
        var command = new Command(
            "micro",
            "Benchmark the code alone. Other arguments are passed to BenchmarkDotNet, e.g. --filter '*Cursors*' or --list flat (default: "
                + "all)."
        )
        {
            output,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(parsed => Run(parsed.UnmatchedTokens is { Count: > 0 } given ? [.. given] : [], new(parsed.GetValue(output)!)));
        return command;
    }

    /// <summary>Runs the benchmarks that BenchmarkDotNet's arguments select, or all; returns the exit code.</summary>
    public static int Run(string[] arguments, Publication publication)
    {
        var summaries = BenchmarkSwitcher
            .FromAssembly(typeof(MicroCommand).Assembly)
            .Run(arguments is [] ? ["--filter", "*"] : arguments, Configuration())
            .ToList();
        var results = summaries
            .SelectMany(summary => summary.Reports)
            .Where(report => report.Success)
            .Select(report => new MicroResult(
                report.BenchmarkCase.Descriptor.Type.Name,
                report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\''),
                report.ResultStatistics!.Mean,
                report.ResultStatistics.StandardError,
                report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0
            ))
            .ToList();
        if (results.Count > 0)
            publication.Publish(report => report.With(new MicroRun(TimeProvider.System.GetUtcNow(), Machine.This(), results)));
        return summaries.TrueForAll(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success))
            ? 0
            : 1;
    }

    /// <summary>
    /// Short runs in this process. BenchmarkDotNet would otherwise generate a project, which does not pass the repository's strict build.
    /// </summary>
    private static ManualConfig Configuration() =>
        ManualConfig
            .CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(ConsoleLogger.Default)
            .WithArtifactsPath(Repository.PathOf("artifacts", "benchmarks"));
}
