using System.Collections.Concurrent;
using System.Text.Json;
using NotifyQuery.AppHost.Emulators;

namespace NotifyQuery.Tests.Distributed;

/// <summary>The gateway answers as the Handler does: whatever is asked, and however badly.</summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class GatewayParityTests(WholeSystem whole)
{
    /// <summary>The longest target that a server with Kestrel's defaults takes: 8 KiB with the method and the version around it.</summary>
    private const int KestrelsRequestLine = 8_000;

    private readonly RunningSystem system = whole.System;
    private readonly bool isTestTool = whole.System.LambdaEmulator is LambdaEmulatorKind.TestTool;

    [Fact]
    public async Task Every_request_is_answered_alike_by_the_gateway_and_the_Handler_and_never_by_a_500()
    {
        await WriteRecordsAsync();
        var handPicked = ParityRequests.HandPicked().ToList();
        var requests = handPicked
            .Select(picked => (Request: picked.Request, Status: (int?)picked.Status))
            .Concat(GeneratedRequests.Generated(200).Select(request => (Request: request, Status: (int?)null)))
            .DistinctBy(item => (item.Request.Method, item.Request.Target, item.Request.Body, string.Join('\n', item.Request.Headers)))
            .ToList();
        Assert.True(requests.Count >= 500, $"only {requests.Count} distinct requests");

        var complaints = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            requests,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken },
            async (item, cancellationToken) =>
            {
                var (request, status) = item;
                if (isTestTool && request.Target.Length > KestrelsRequestLine)
                {
                    var refused = await RawHttp.SendAsync(system.Gateway.BaseAddress!, request, cancellationToken);
                    if (refused.Status != 414)
                        complaints.Add($"{request}: {refused.Status} instead of the test tool's 414");
                    return;
                }

                var direct = await Parity.SendAsync(system.Handler.BaseAddress!, request, cancellationToken);
                var through = await Parity.SendAsync(system.Gateway.BaseAddress!, request, cancellationToken);
                foreach (var complaint in Parity.Compare(direct, through).Concat(Judge(request, direct, status)))
                    complaints.Add($"{request}: {complaint}");
            }
        );

        Assert.True(
            complaints.IsEmpty,
            $"{complaints.Count} complaints about {requests.Count} requests:\n{string.Join('\n', complaints.Order(StringComparer.Ordinal))}"
        );
    }

    [Fact]
    public async Task What_the_http_file_says_is_what_happens_on_both_ways()
    {
        await HttpFile.WriteRecordsAsync(system, "X-Nothing: here");
        var (open, _) = await HttpFile.ReadAsync();

        await HttpFile.CompareAsync(open, system.Gateway.BaseAddress!);
        await HttpFile.CompareAsync(open, system.Handler.BaseAddress!);
    }

    [Theory]
    [InlineData("/query/user?user_id=u")]
    [InlineData("/query/user?user_id=%FF")]
    [InlineData("/query/transaction?transaction_id=nobody-knows-it")]
    [InlineData("/nothing")]
    [InlineData("/health")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/docs/index.html")]
    public async Task HEAD_is_answered_like_GET_without_the_body(string target)
    {
        foreach (var server in (Uri[])[system.Handler.BaseAddress!, system.Gateway.BaseAddress!])
        {
            var get = await RawHttp.SendAsync(server, new("GET", target), TestContext.Current.CancellationToken);
            var head = await RawHttp.SendAsync(server, new("HEAD", target), TestContext.Current.CancellationToken);

            Assert.Equal(get.Status, head.Status);
            Assert.Equal(Parity.HeadersOf(get), Parity.HeadersOf(head));
            Assert.NotEmpty(get.Body);
            Assert.Empty(head.Body);
            // Either may leave it unsaid, but never say another one.
            if ((head.Header("content-length"), get.Header("content-length")) is ({ } ofHead, { } ofGet))
                Assert.Equal(ofGet, ofHead);
        }
    }

    /// <summary>What a server refuses before anything of ours runs has no problem to tell: the status alone, on both sides.</summary>
    [Theory]
    [InlineData("GET", "/query/%00", null, 400)] // no path of a file or a route has a NUL
    [InlineData("GET", "/query/user?user_id=\u00c3\u00a9", null, 400)] // a URL is ASCII
    [InlineData("GET", "/query/\u00ff", null, 400)]
    [InlineData("GET", "query/user", null, 400)] // neither a path nor a URL
    [InlineData("GET", "/query/user?user_id=a b", null, 400)] // a blank ends the target
    [InlineData("GET", "http://example.com/query/user", null, 400)] // another host than the Host header names
    [InlineData("G(T", "/query/user", null, 400)]
    [InlineData("GET", "/query/user?user_id=u", "No colon", 400)]
    [InlineData("GET", "/query/user?user_id=u", "X-Nul: \u0000", 400)]
    [InlineData("GET", "/query/user?user_id=u", "X-Latin: \u00ff", 400)]
    [InlineData("GET", "/query/user?user_id=u", "Host: another", 400)]
    public async Task What_is_no_HTTP_is_refused_by_both_servers_themselves(string method, string target, string? header, int status)
    {
        var request = new RawRequest(method, target) { Headers = header is null ? [] : [header] };

        foreach (var server in (Uri[])[system.Handler.BaseAddress!, system.Gateway.BaseAddress!])
        {
            var answer = await RawHttp.SendAsync(server, request, TestContext.Current.CancellationToken);
            Assert.Equal(status, answer.Status);
            Assert.Empty(answer.Body);
        }
    }

    /// <summary>Where the two differ by nature: what an HTTP API of AWS refuses by itself never reaches a function.</summary>
    /// <remarks>AWS's own test tool has Kestrel's limits instead of API Gateway's, and hands on <c>OPTIONS *</c> with an empty
    /// path.</remarks>
    [Theory]
    [InlineData("GET", "/query/user?user_id=u", "X-Big", 11_000, 200, 431, 200)] // AWS takes 10,240 bytes of headers
    [InlineData("GET", "/query/user?user_id=", "", 11_000, 400, 414, 414)] // and of the request line
    [InlineData("OPTIONS", "*", "", 0, 404, 404, 400)] // a route has a path: the gateway's own {"message":"Not Found"}
    public async Task What_the_gateway_refuses_by_itself(
        string method,
        string target,
        string header,
        int length,
        int direct,
        int notifyQuery,
        int testTool
    )
    {
        var through = isTestTool ? testTool : notifyQuery;

        var filling = new string('x', length);
        var request =
            header.Length == 0 ? new RawRequest(method, target + filling) : new(method, target) { Headers = [$"{header}: {filling}"] };

        Assert.Equal(direct, (await RawHttp.SendAsync(system.Handler.BaseAddress!, request, TestContext.Current.CancellationToken)).Status);
        Assert.Equal(
            through,
            (await RawHttp.SendAsync(system.Gateway.BaseAddress!, request, TestContext.Current.CancellationToken)).Status
        );
    }

    /// <summary>What must hold for the Handler's answer, and so for both.</summary>
    private static IEnumerable<string> Judge(RawRequest request, RawAnswer answer, int? expected)
    {
        if (expected is { } status && answer.Status != status)
            yield return $"{answer.Status} instead of {status}: {answer.Body}";
        if (answer.Status >= 500)
            yield return $"{answer.Status}";
        if (answer.Status < 400)
            yield break;
        if (answer.Header("content-type") != "application/problem+json")
        {
            yield return $"{answer.Status} is no problem+json but '{answer.Header("content-type")}'";
            yield break;
        }

        if (answer.Status == 405 && answer.Header("allow") != "GET, HEAD")
            yield return $"allow '{answer.Header("allow")}'";
        if (request.Method == "HEAD")
            yield break;
        var problem = JsonDocument.Parse(answer.Body).RootElement;
        if (!problem.TryGetProperty("traceId", out _))
            yield return "no traceId";
        if (answer.Status == 400 && !(problem.TryGetProperty("errors", out var errors) && errors.EnumerateObject().Any()))
            yield return "a 400 that names no parameter";
    }

    /// <summary>Something to be found, so that pages and cursors are compared too.</summary>
    private async Task WriteRecordsAsync()
    {
        var user = Uri.UnescapeDataString(ParityRequests.User);
        for (var i = 0; i < 5; i++)
            await system.Commands.PutAsync(RunningSystem.NewRecord(user), TestContext.Current.CancellationToken);
        await RunningSystem.EventuallyAsync(
            "the records are seen",
            async () => (await system.ItemsOfAsync(ParityRequests.User)).Length == 5
        );
    }
}
