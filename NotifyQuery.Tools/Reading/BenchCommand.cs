using System.CommandLine;
using System.Globalization;
using NotifyQuery.Operations;
using NotifyQuery.Operations.Measuring;
using NotifyQuery.Operations.Reading;

namespace NotifyQuery.Tools.Reading;

/// <summary><c>bench</c>: latency and throughput of the read side of a running system.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var requests = new Option<int>("--requests")
        {
            Description = "How often each query is timed at each target.",
            DefaultValueFactory = _ => 200,
        }.Within(1, 100_000);
        var concurrency = new Option<int?>("--concurrency")
        {
            Description =
                "How many requests run at once, for the throughput. Default: 32; 2 if AWS's own Lambda test tool is the emulator, which "
                + "runs one invocation of a function at a time.",
        }.Within(2, 256);
        var duration = OptionExtensions.Duration(
            "--duration",
            "How long each load lasts: seconds, or with a unit like 10m.",
            TimeSpan.FromSeconds(3),
            TimeSpan.FromSeconds(0.1),
            TimeSpan.FromHours(24)
        );
        var rate = new Option<double?>("--rate")
        {
            Description =
                "Hold this many requests per second, through the gateway if there is one, and print the percentiles while it runs; "
                + "nothing else is measured.",
        }.Within(0.1, 10_000);
        var command = new Command(
            "bench",
            "Measure latency and throughput of each query through the gateway and at the Handler, compared with a direct Query of the "
                + "table. "
                + "If access is controlled, the token comes from NOTIFYQUERY_TOKEN."
        )
        {
            requests,
            concurrency,
            duration,
            rate,
        };
        CommonOptions.RefuseToken(command);
        CommonOptions.RequireApiOfAccount(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var begun = new List<string>();
                return Session.RunAsync(
                    parsed,
                    async session =>
                    {
                        var options = new ReadBenchmarkOptions
                        {
                            Handler = session.Addresses.Handler is { } handler ? new(handler) : null,
                            Gateway = session.Addresses.Gateway is { } gateway ? new(gateway) : null,
                            Token = CommonOptions.Token,
                            Requests = parsed.GetValue(requests),
                            Concurrency =
                                parsed.GetValue(concurrency) ?? session.Addresses.RequestsAtOnce ?? ReadBenchmarkOptions.DefaultConcurrency,
                            Duration = parsed.GetValue(duration),
                        };
                        if (parsed.GetValue(rate) is { } perSecond)
                            return await HoldAsync(session, options, perSecond, begun, cancellationToken);
                        var progress = new Progress<string>(what =>
                        {
                            begun.Add(what);
                            session.Output.Line($"{what} …");
                        });
                        var result = await new ReadBenchmark(session.Http, session.Client, session.Tables, TimeProvider.System).RunAsync(
                            options,
                            progress,
                            cancellationToken
                        );
                        session.Output.Result(result, OperationsJson.Default.ReadBenchmarkResult, () => Show(result));
                        return result.Passed ? ExitCode.Ok : ExitCode.CheckFailed;
                    },
                    () => begun.Count == 0 ? "Nothing was measured." : $"It was measuring: {begun[^1]}.",
                    cancellationToken
                );
            }
        );
        return command.WithExamples("bench", "bench --requests 1000 --duration 10 --json", "bench --duration 10m --rate 50");
    }

    private static async Task<int> HoldAsync(
        Session session,
        ReadBenchmarkOptions options,
        double rate,
        List<string> begun,
        CancellationToken cancellationToken
    )
    {
        var progress = new Progress<LoadPercentiles>(interval =>
        {
            if (begun.Count == 0)
                begun.Add("");
            begun[0] = Line(interval);
            session.Output.Line(begun[0]);
        });
        var result = await new ReadLoad(session.Http, TimeProvider.System).RunAsync(options, rate, progress, cancellationToken);
        session.Output.Result(
            result,
            OperationsJson.Default.ReadLoadResult,
            () =>
            {
                var load = result.Load;
                Output.Say($"{result.Way}, in total: {Line(load.Whole)}");
                if (!load.Held)
                    Output.Say(
                        $"The rate was not held: {load.Begun} of {load.Due} requests were started. Raise --concurrency or lower --rate."
                    );
                if (load.FirstError is { } error)
                    Output.Say($"The first error: {error}");
            }
        );
        return result.Passed ? ExitCode.Ok : ExitCode.CheckFailed;
    }

    private static string Line(LoadPercentiles load) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{load.At, 6:F0} s  {load.PerSecond:F1}/s  p50 {load.P50:F1}  p90 {load.P90:F1}  p99 {load.P99:F1}  p99.9 {load.P999:F1}  "
                + $"longest {load.Max:F1} ms  {load.Errors} failed"
        );

    private static void Show(ReadBenchmarkResult result)
    {
        Output.ShowTable(
            ["query by", "way", "p50 ms", "p99 ms", "× direct"],
            [
                .. result.Latencies.Select(it =>
                    (string[])
                        [
                            it.Query,
                            it.Way,
                            Milliseconds(it.P50),
                            Milliseconds(it.P99),
                            it.TimesDirect?.ToString("F1", CultureInfo.InvariantCulture) ?? "",
                        ]
                ),
            ]
        );
        Output.ShowTable(
            ["way", "at once", "responses/s", "failed"],
            [
                .. result.Throughputs.Select(it =>
                    (string[])
                        [
                            it.Way,
                            it.Concurrency.ToString(CultureInfo.InvariantCulture),
                            it.PerSecond.ToString("F0", CultureInfo.InvariantCulture),
                            it.FirstError is null ? "0" : $"{it.Errors}: {it.FirstError}",
                        ]
                ),
            ]
        );
        if (result.WithoutDirect is { } reason)
            Output.Say($"There is no direct Query to compare with: {reason}");
    }

    private static string Milliseconds(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
