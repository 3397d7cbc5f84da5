using System.CommandLine;
using System.Globalization;
using NotifyQuery.Operations;
using NotifyQuery.Operations.Reading;

namespace NotifyQuery.Tools.Reading;

/// <summary><c>bench</c>: latency and throughput of the read side of a system that runs.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var requests = new Option<int>("--requests") { Description = "How often each query is timed on each way.", DefaultValueFactory = _ => 200 }.Within(1, 100_000);
        var concurrency = new Option<int?>("--concurrency")
        {
            Description = "How many requests are under way at once, for the throughput. Default: 32; 2 where AWS's own Lambda test tool is the emulator, which runs one invocation of a function at a time.",
        }.Within(2, 256);
        var duration = new Option<double>("--duration") { Description = "Seconds that each load lasts.", DefaultValueFactory = _ => 3 }.Within(0.1, 3600);
        var token = CommonOptions.Token();
        var command = new Command("bench", "Measure latency and throughput of each query through the gateway and at the Handler, beside a direct Query of the table.") { requests, concurrency, duration, token };
        CommonOptions.RequireApiOfAccount(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var begun = new List<string>();
            return Session.RunAsync(parsed, async session =>
            {
                var options = new ReadBenchmarkOptions
                {
                    Handler = session.Addresses.Handler is { } handler ? new(handler) : null,
                    Gateway = session.Addresses.Gateway is { } gateway ? new(gateway) : null,
                    Token = parsed.GetValue(token),
                    Requests = parsed.GetValue(requests),
                    Concurrency = parsed.GetValue(concurrency) ?? session.Addresses.RequestsAtOnce ?? ReadBenchmarkOptions.DefaultConcurrency,
                    Duration = TimeSpan.FromSeconds(parsed.GetValue(duration)),
                };
                var progress = new Progress<string>(what =>
                {
                    begun.Add(what);
                    session.Output.Line($"{what} …");
                });
                var result = await new ReadBenchmark(session.Http, session.Client, session.Tables, TimeProvider.System).RunAsync(options, progress, cancellationToken);
                session.Output.Result(result, OperationsJson.Default.ReadBenchmarkResult, () => Show(result));
                return result.Passed ? ExitCode.Ok : ExitCode.CheckFailed;
            }, () => begun.Count == 0 ? "Nothing was measured." : $"It was at: {begun[^1]}.", cancellationToken);
        });
        return command.WithExamples("bench", "bench --requests 1000 --duration 10 --json", "bench --endpoint aws --gateway https://api.example.com --token …");
    }

    private static void Show(ReadBenchmarkResult result)
    {
        Output.ShowTable(
            ["query by", "way", "p50 ms", "p99 ms", "× direct"],
            [.. result.Latencies.Select(it => (string[])[it.Query, it.Way, Milliseconds(it.P50), Milliseconds(it.P99), it.TimesDirect?.ToString("F1", CultureInfo.InvariantCulture) ?? ""])]);
        Output.ShowTable(
            ["way", "at once", "answers/s", "failed"],
            [.. result.Throughputs.Select(it => (string[])[it.Way, it.Concurrency.ToString(CultureInfo.InvariantCulture), it.PerSecond.ToString("F0", CultureInfo.InvariantCulture), it.FirstError is null ? "0" : $"{it.Errors}: {it.FirstError}"])]);
        if (result.WithoutDirect is { } reason) Output.Say($"No direct Query stands beside: {reason}");
    }

    private static string Milliseconds(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
