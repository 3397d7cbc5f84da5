using System.Collections.Concurrent;
using Aspire.Hosting.Testing;
using NotifyQuery.Benchmarks.Running;
using NotifyQuery.Tests.Deploy;

namespace NotifyQuery.Tests.Distributed;

/// <summary>
/// A second gateway before the running system, with a stage of its own name or the mapping key of a custom domain before each path.
/// </summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class StagedGatewayTests(WholeSystem whole)
{
    // The emulator of this repository, whichever one the system runs on: AWS's own test tool knows no stages.
    private static readonly string Program = typeof(NotifyQuery.LambdaEmulator.StartOptions).Assembly.Location;

    private readonly RunningSystem system = whole.System;

    [Theory]
    [InlineData("prod", "", "/prod")]
    [InlineData("$default", "teams/notify", "/teams/notify")]
    public async Task Every_request_is_answered_as_the_Handler_answers_it_without_the_prefix(string stage, string key, string prefix)
    {
        var token = TestContext.Current.CancellationToken;
        var address = new Uri($"http://127.0.0.1:{ChildProcess.FreePort()}");
        await using var gateway = ChildProcess.Start(
            "dotnet",
            [Program, "start", "--api-gateway-emulator-mode", "HttpV2", "--api-gateway-emulator-port", $"{address.Port}"],
            Repository.Folder,
            new Dictionary<string, string?>
            {
                ["APIGATEWAY_EMULATOR_STAGE"] = stage,
                ["APIGATEWAY_EMULATOR_MAPPING_KEY"] = key,
                ["APIGATEWAY_EMULATOR_ROUTE_CONFIG"] =
                    $$"""{"LambdaResourceName":"Query","HttpMethod":"Any","Path":"/{proxy+}","Endpoint":"{{system.App.GetEndpoint("LambdaServiceEmulator", "http")}}"}""",
            }
        );
        using var http = new HttpClient();
        await gateway.WaitAsync(
            async t => (await http.GetAsync(new Uri(address, $"{prefix}/health"), t)).IsSuccessStatusCode,
            TimeSpan.FromMinutes(1),
            token
        );

        var requests = ParityRequests
            .HandPicked()
            .Select(picked => picked.Request)
            .Where(request =>
                request.Target.StartsWith("/query", StringComparison.Ordinal)
                || request.Target is "/health" or "/openapi/v1.json" or "/docs/index.html"
            )
            .Where((_, number) => number % 5 == 0) // each of them is asked without a prefix in another test
            .ToList();
        Assert.True(requests.Count >= 30, $"only {requests.Count} requests");
        var complaints = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            requests,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = token },
            async (request, cancellationToken) =>
            {
                var direct = await Parity.SendAsync(system.Handler.BaseAddress!, request, cancellationToken);
                var through = await Parity.SendAsync(address, request with { Target = prefix + request.Target }, cancellationToken);
                foreach (var complaint in Parity.Compare(direct, through))
                    complaints.Add($"{request}: {complaint}");
            }
        );
        Assert.True(complaints.IsEmpty, string.Join('\n', complaints.Order(StringComparer.Ordinal)));

        var page = await RawHttp.SendAsync(address, new("GET", $"{prefix}/docs"), token);
        Assert.Equal(301, page.Status);
        using var followed = await http.GetAsync(new Uri(new Uri(address, $"{prefix}/docs"), page.Header("location")!), token);
        Assert.True(followed.IsSuccessStatusCode, $"{page.Header("location")}: {followed.StatusCode}");
        Assert.Equal(404, (await RawHttp.SendAsync(address, new("GET", "/query/user?user_id=u"), token)).Status);
    }
}
