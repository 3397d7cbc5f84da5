using System.CommandLine;
using System.Globalization;
using NotifyQuery.Operations;
using NotifyQuery.Operations.Api;
using NotifyQuery.Operations.Reports;

namespace NotifyQuery.Tools.Api;

/// <summary><c>check-api</c>: sends every query and every kind of error to the Handler and through the gateway.</summary>
internal static class CheckApiCommand
{
    private const int LongestBar = 40;

    public static Command Create()
    {
        var requests = new Option<int>("--requests")
        {
            Description = "How many requests are timed at the Handler, and as many through the gateway.",
            DefaultValueFactory = _ => 200,
        }.Within(1, 100_000);
        var command = new Command(
            "check-api",
            "Send every query and every kind of error to the Handler and through the gateway, compare the responses, and time them. If "
                + "access is controlled, the token comes from NOTIFYQUERY_TOKEN."
        )
        {
            requests,
        };
        CommonOptions.RefuseToken(command);
        CommonOptions.RequireApiOfAccount(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var asked = new List<ApiCase>();
                return Session.RunAsync(
                    parsed,
                    async session =>
                    {
                        var options = new ApiCheckOptions
                        {
                            Handler = Address(session.Addresses.Handler),
                            Gateway = Address(session.Addresses.Gateway),
                            Token = CommonOptions.Token,
                            Requests = parsed.GetValue(requests),
                        };
                        var result = await new ApiCheck(session.Http, TimeProvider.System).RunAsync(
                            options,
                            new Progress<ApiCase>(asked.Add),
                            cancellationToken
                        );
                        session.Output.Result(result, OperationsJson.Default.ApiCheckResult, () => Show(result));
                        return result.Passed ? ExitCode.Ok : ExitCode.CheckFailed;
                    },
                    () => $"{asked.Count} requests were checked.",
                    cancellationToken
                );
            }
        );
        return command.WithExamples(
            "check-api",
            "check-api --requests 1000 --json",
            "check-api --endpoint aws --gateway https://api.example.com"
        );
    }

    private static Uri? Address(string? address) => address is null ? null : new(address);

    private static void Show(ApiCheckResult result)
    {
        Output.ShowTable(
            ["request", "expected", "Handler", "gateway", ""],
            [
                .. result.Cases.Select(c =>
                    (string[])
                        [
                            c.Name,
                            Number(c.Expected),
                            Number(c.Handler),
                            Number(c.Gateway),
                            c.Passed ? OperationReport.Mark(true) : $"{OperationReport.Mark(false)}: {c.Detail}",
                        ]
                ),
            ]
        );
        foreach (var latency in result.Latencies)
        {
            Output.Say(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{latency.Way}: {latency.Requests} requests, p50 {latency.P50:F1} ms, p90 {latency.P90:F1} ms, p99 {latency.P99:F1} "
                        + $"ms, longest {latency.Max:F1} ms"
                )
            );
            foreach (var line in Histogram(latency))
                Output.Print(line);
        }

        Output.Say(result.Summary());
    }

    internal static IEnumerable<string> Histogram(Latency latency)
    {
        var most = latency.Histogram.Max(bucket => bucket.Requests);
        var bars = latency
            .Histogram.SkipWhile(bucket => bucket.Requests == 0)
            .Reverse()
            .SkipWhile(bucket => bucket.Requests == 0)
            .Reverse();
        foreach (var (bound, requests) in bars)
        {
            var label = bound is { } atMost ? string.Create(CultureInfo.InvariantCulture, $"<= {atMost, 4} ms") : "longer    ";
            yield return $"  {label}  {new string('#', (int)Math.Ceiling((double)requests * LongestBar / most))} {requests}";
        }
    }

    private static string Number(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
