using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Benchmarks.Scenarios;

namespace NotifyQuery.Benchmarks;

/// <summary><c>system</c>: runs the scenarios and publishes their figures.</summary>
internal static class SystemCommand
{
    private const int Failed = 1;
    private const int Cancelled = 130; // as shells use after Ctrl-C

    public static Command Create()
    {
        var names = AllScenarios.InOrder.Select(scenario => scenario.Name).ToArray();
        var only = new Option<string[]>("--only")
        {
            Description =
                "The scenarios to run (default: all but "
                + $"{string.Join(", ", AllScenarios.InOrder.Except(AllScenarios.ByDefault).Select(scenario => scenario.Name))}).",
            AllowMultipleArgumentsPerToken = true,
        }.AcceptOnlyFromAmong(names);
        var quick = new Option<bool>("--quick") { Description = "Rough figures in a fraction of the time, to see that everything works." };
        var soakMinutes = new Option<double?>("--soak-minutes")
        {
            Description =
                $"How long the scenario 'soak' lasts (default: {BenchOptions.FullSoak.TotalMinutes}, with --quick "
                + $"{BenchOptions.QuickSoak.TotalMinutes}).",
        };
        soakMinutes.Validators.Add(result =>
        {
            if (result.Tokens is [_] && result.GetValue(soakMinutes) is not (>= 1 and <= 24 * 60))
                result.AddError("--soak-minutes must be from 1 to 1440.");
        });
        var output = Publication.FolderOption();
        var command = new Command("system", "Measure the real processes, and write the figures into performance.json and performance.md.")
        {
            only,
            quick,
            soakMinutes,
            output,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var chosen = parsed.GetValue(only) is { Length: > 0 } some
                    ? AllScenarios.InOrder.Where(scenario => some.Contains(scenario.Name))
                    : AllScenarios.ByDefault;
                var options = new BenchOptions
                {
                    Quick = parsed.GetValue(quick),
                    Soak = parsed.GetValue(soakMinutes) is { } minutes ? TimeSpan.FromMinutes(minutes) : null,
                };
                return await RunAsync([.. chosen], options, new(parsed.GetValue(output)!), cancellationToken);
            }
        );
        return command;
    }

    /// <summary>Runs scenarios and publishes their figures. Returns the exit code.</summary>
    public static async Task<int> RunAsync(
        IReadOnlyList<Scenario> scenarios,
        BenchOptions options,
        Publication publication,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await MeasureAsync(scenarios, options, publication, cancellationToken) ? 0 : Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Stopped. The figures of the scenarios that ended are written.");
            return Cancelled;
        }
    }

    private static async Task<bool> MeasureAsync(
        IReadOnlyList<Scenario> scenarios,
        BenchOptions options,
        Publication publication,
        CancellationToken cancellationToken
    )
    {
        if (Repository.Configuration != "Release")
            Console.WriteLine($"This is a {Repository.Configuration} build: its figures are not meaningful. Run it with -c Release.");
        var order = AllScenarios.InOrder.Select(scenario => scenario.Name).ToList();
        var succeeded = true;
        var started = Stopwatch.GetTimestamp();
        await using var bench = new Bench(options);
        foreach (var scenario in scenarios)
        {
            Console.WriteLine($"{scenario.Name}: {scenario.Title}");
            var begun = (At: bench.Time.GetUtcNow(), Stamp: Stopwatch.GetTimestamp());
            try
            {
                if (!scenario.OnSeededSystem)
                    await bench.ReleaseSeededAsync();
                var results = await scenario.RunAsync(bench, cancellationToken);
                var seconds = Stopwatch.GetElapsedTime(begun.Stamp).TotalSeconds;
                publication.Publish(report =>
                    report.With(
                        new(scenario.Name, scenario.Title, scenario.How, begun.At, seconds, options.Quick, Machine.This(), results),
                        order
                    )
                );
                foreach (var result in results)
                    Console.WriteLine("  " + Describe(result));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  done in {seconds:0} s"));
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                // A failed scenario must not lose the figures of the others. The exit code reports the failure.
                succeeded = false;
                await Console.Error.WriteLineAsync($"  {scenario.Name} failed: {exception}");
            }
        }

        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"All done in {Stopwatch.GetElapsedTime(started).TotalMinutes:0.0} min.")
        );
        return succeeded;
    }

    private static string Describe(ScenarioResult result)
    {
        var baseline = result.Baseline is { } other
            ? $", {other.Name} {Number.WriteSpread(other)}{(result.Ratio is { } ratio ? $", ratio {Number.Write(ratio)}" : "")}"
            : "";
        var verdict = result.Verdict is Verdict.None ? "" : $": {result.Verdict.ToString().ToUpperInvariant()}";
        return $"{result.Name} [{result.Unit}]: {result.Candidate.Name} {Number.WriteSpread(result.Candidate)}{baseline}{verdict}";
    }
}
