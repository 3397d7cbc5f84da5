using System.CommandLine;
using System.Globalization;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations;
using NotifyQuery.Operations.Measuring;
using NotifyQuery.Operations.Reading;
using NotifyQuery.Operations.Watching;

namespace NotifyQuery.Tools.Reading;

/// <summary><c>bench</c>: latency and throughput of the read side of a running system.</summary>
internal static class BenchCommand
{
    // A load that a laptop bears for hours beside 100 writes per second, as in the benchmark 'soak'.
    private const int Readers = 4;

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
                $"How many requests run at once, for the throughput. Default: {ReadBenchmarkOptions.DefaultConcurrency}, or {Readers} with "
                + "--duration and without --rate; 2 if AWS's own Lambda test tool is the emulator, which runs one invocation of a function "
                + "at a time.",
        }.Within(2, 256);
        var throughput = OptionExtensions.Duration(
            "--throughput-duration",
            "How long each throughput is measured: seconds, or with a unit like 10s.",
            ReadBenchmarkOptions.DefaultDuration,
            TimeSpan.FromSeconds(0.1),
            TimeSpan.FromHours(1)
        );
        var duration = OptionExtensions.Duration(
            "--duration",
            "Keep a load up for this time instead: seconds, or with a unit like 10m. Prints the percentiles and the lag of the projection "
                + "while it runs, and whether requests became slower. The requests go through the gateway if there is one.",
            standard: null,
            TimeSpan.FromSeconds(0.1),
            TimeSpan.FromHours(24)
        );
        var rate = new Option<double?>("--rate")
        {
            Description = "With --duration: hold this many requests per second, however long each of them takes.",
        }.Within(0.1, 10_000);
        var command = new Command(
            "bench",
            "Measure latency and throughput of each query through the gateway and at the Handler, compared with a direct Query of the "
                + "table. With --duration, keep a load up for as long as you like. "
                + "If access is controlled, the token comes from NOTIFYQUERY_TOKEN."
        )
        {
            requests,
            concurrency,
            throughput,
            duration,
            rate,
        };
        command.Validators.Add(result =>
        {
            var isLoad = IsGiven(duration);
            if (!isLoad && IsGiven(rate))
                result.AddError("--rate needs the time for which it is held: add --duration, like --duration 10m.");
            foreach (var option in isLoad ? (Option[])[requests, throughput] : [])
            {
                if (IsGiven(option))
                    result.AddError($"--duration keeps one load up and compares nothing: leave {option.Name} or --duration out.");
            }

            bool IsGiven(Option option) => result.GetResult(option) is { Implicit: false };
        });
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
                        var isLoad = parsed.GetResult(duration) is not null;
                        var perSecond = parsed.GetValue(rate);
                        var options = new ReadBenchmarkOptions
                        {
                            Handler = session.Addresses.Handler is { } handler ? new(handler) : null,
                            Gateway = session.Addresses.Gateway is { } gateway ? new(gateway) : null,
                            Token = CommonOptions.Token,
                            Requests = parsed.GetValue(requests),
                            Concurrency =
                                parsed.GetValue(concurrency)
                                ?? session.Addresses.RequestsAtOnce
                                ?? (isLoad && perSecond is null ? Readers : ReadBenchmarkOptions.DefaultConcurrency),
                            Duration = parsed.GetValue(isLoad ? duration : throughput),
                        };
                        if (isLoad)
                        {
                            // Only a local system has an event source that can be asked: CloudWatch has one value a minute.
                            var pipeline = session.Addresses.EventSource is null
                                ? null
                                : new LocalPipeline(
                                    () => Addresses.Of(parsed, warn: false),
                                    session.Http,
                                    new FailureLog(session.Client, session.Tables, TimeProvider.System),
                                    TimeProvider.System
                                );
                            return await KeepUpAsync(session, pipeline, options, perSecond, begun, cancellationToken);
                        }

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
        return command.WithExamples(
            "bench",
            "bench --requests 1000 --throughput-duration 10 --json",
            "bench --duration 10m",
            "bench --duration 10m --rate 50"
        );
    }

    private static async Task<int> KeepUpAsync(
        Session session,
        LocalPipeline? pipeline,
        ReadBenchmarkOptions options,
        double? rate,
        List<string> begun,
        CancellationToken cancellationToken
    )
    {
        var progress = new Progress<ReadLoadInterval>(interval =>
        {
            if (begun.Count == 0)
                begun.Add("");
            begun[0] = Line(interval.Load) + Lag(interval.Projection);
            session.Output.Line(begun[0]);
        });
        var result = await new ReadLoad(session.Http, pipeline, TimeProvider.System).RunAsync(options, rate, progress, cancellationToken);
        session.Output.Result(
            result,
            OperationsJson.Default.ReadLoadResult,
            () =>
            {
                var load = result.Load;
                Output.Say($"{result.Way}, in total: {Line(load.Whole)}");
                Output.Say(
                    $"First and last quarter: p50 {Drift(load.FirstQuarter.P50, load.LastQuarter.P50)}, "
                        + $"p99 {Drift(load.FirstQuarter.P99, load.LastQuarter.P99)}"
                );
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

    /// <summary>The projection beside the requests; its state only if it does not deliver.</summary>
    private static string Lag(ProjectionSample? sample) =>
        sample is null ? ""
        : sample.State is not "delivering" ? $"  event source {sample.State}"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"  lag {sample.LagSeconds?.ToString("F3", CultureInfo.InvariantCulture) ?? "-"} s  "
                + $"iterator age {sample.IteratorAgeSeconds:F3} s"
        );

    private static string Drift(double? first, double? last) =>
        first is { } before && last is { } after
            ? string.Create(CultureInfo.InvariantCulture, $"{before:F1} and {after:F1} ms ({(after - before) / before * 100:+0;-0;0} %)")
            : "unknown (no request succeeded)";

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
