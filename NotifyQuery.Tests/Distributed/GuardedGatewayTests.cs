using System.Collections.Concurrent;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.Tests.Handler;

namespace NotifyQuery.Tests.Distributed;

/// <summary>With tokens required: the gateway answers as the Handler does, and nothing personal is left behind on the way.</summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class GuardedGatewayTests(GuardedSystem guarded) : IClassFixture<GuardedSystem>
{
    private readonly RunningSystem system = guarded.System;

    [Fact]
    public async Task Callers_good_and_bad_and_browsers_are_answered_alike_by_the_gateway_and_the_Handler()
    {
        var user = $"user-{Guid.NewGuid():N}";
        var record = RunningSystem.NewRecord(user);
        await system.Commands.PutAsync(record, TestContext.Current.CancellationToken);
        var ask = new RawRequest("GET", $"/query/user?user_id={user}") { Headers = [Tokens.Header(user, "user")] };
        await RunningSystem.EventuallyAsync(
            "the record is seen",
            async () =>
                (await RawHttp.SendAsync(system.Gateway.BaseAddress!, ask, TestContext.Current.CancellationToken)).Body.Contains(
                    record.TransactionId,
                    StringComparison.Ordinal
                )
        );
        var tag = (await RawHttp.SendAsync(system.Gateway.BaseAddress!, ask, TestContext.Current.CancellationToken)).Header("etag")!;

        var (own, support, campaign, stranger) = (
            Tokens.Header(user, "user"),
            Tokens.Header("desk", "support"),
            Tokens.Header("owner", "campaign"),
            Tokens.Header("other", "user")
        );
        var (byUser, byTransaction, byCampaign) = (
            $"/query/user?user_id={user}",
            $"/query/transaction?transaction_id={record.TransactionId}",
            "/query/campaign?campaign_id=spring-sale"
        );
        const string byStatus = "/query/status?status=PENDING&from=2026-01-01&to=2026-01-02";
        var requests = new List<(RawRequest Request, int Status)>();
        Add(own, (byUser, 200), (byTransaction, 200), (byCampaign, 403), (byStatus, 403));
        Add(stranger, (byUser, 403), (byTransaction, 404), (byCampaign, 403), (byStatus, 403));
        Add(
            support,
            (byUser, 200),
            (byTransaction, 200),
            (byCampaign, 200),
            (byStatus, 200),
            ("/query/user", 400),
            ("/query/nothing", 404)
        );
        Add(Tokens.Header("desk", "support", "body"), (byUser, 200), (byTransaction, 200), (byCampaign, 200), (byStatus, 200));
        Add(campaign, (byUser, 403), (byTransaction, 403), (byCampaign, 200), (byStatus, 403));
        foreach (var (_, authorization) in Tokens.Bad())
            Add(authorization, (byUser, 401), ("/query/user", 401), ("/query/nothing", 404), ("/health", 200), ("/openapi/v1.json", 200));
        foreach (var method in (string[])["GET", "HEAD"])
        {
            requests.Add((new(method, byUser) { Headers = [own, $"If-None-Match: {tag}"] }, 304));
            requests.Add((new(method, byUser) { Headers = [support, $"If-None-Match: {tag}"] }, 200)); // he is not shown the body
            requests.Add((new(method, byUser) { Headers = [stranger, $"If-None-Match: {tag}"] }, 403));
            requests.Add((new(method, byUser) { Headers = [$"If-None-Match: {tag}"] }, 401));
        }

        foreach (var origin in (string[])[GuardedSystem.Origin, "https://evil.example.com", "null", "nonsense", ""])
        {
            requests.Add((new("GET", byUser) { Headers = [own, $"Origin: {origin}"] }, 200));
            requests.Add((new("GET", byUser) { Headers = [own, $"Origin: {origin}", $"If-None-Match: {tag}"] }, 304));
            requests.Add((new("GET", byUser) { Headers = [$"Origin: {origin}"] }, 401));
            requests.Add((new("GET", byStatus) { Headers = [own, $"Origin: {origin}"] }, 403));
            requests.Add((new("GET", "/query/user") { Headers = [support, $"Origin: {origin}"] }, 400));
            foreach (var method in (string[])["GET", "HEAD", "POST", "nonsense"])
                requests.Add(
                    (
                        new("OPTIONS", byUser)
                        {
                            Headers =
                            [
                                $"Origin: {origin}",
                                $"Access-Control-Request-Method: {method}",
                                "Access-Control-Request-Headers: authorization, x-other",
                            ],
                        },
                        204
                    )
                );
            requests.Add((new("OPTIONS", byUser) { Headers = [$"Origin: {origin}"] }, 405)); // no preflight
        }

        var complaints = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            requests,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken },
            async (item, cancellationToken) =>
            {
                var direct = await Parity.SendAsync(system.Handler.BaseAddress!, item.Request, cancellationToken);
                var through = await Parity.SendAsync(system.Gateway.BaseAddress!, item.Request, cancellationToken);
                foreach (var complaint in Parity.Compare(direct, through))
                    complaints.Add($"{item.Request}: {complaint}");
                if (direct.Status != item.Status)
                    complaints.Add($"{item.Request}: {direct.Status} instead of {item.Status}: {direct.Body}");
                if (direct.Status >= 400 && direct.Header("content-type") != "application/problem+json")
                    complaints.Add($"{item.Request}: no problem+json");
                if (direct.Status == 401 && direct.Header("www-authenticate") is null)
                    complaints.Add($"{item.Request}: no WWW-Authenticate");
            }
        );

        Assert.True(
            complaints.IsEmpty,
            $"{complaints.Count} complaints about {requests.Count} requests:\n{string.Join('\n', complaints.Order(StringComparer.Ordinal))}"
        );

        void Add(string authorization, params (string Target, int Status)[] targets) =>
            requests.AddRange(
                targets.Select(target => (new RawRequest("GET", target.Target) { Headers = [authorization] }, target.Status))
            );
    }

    [Fact]
    public async Task What_the_http_file_says_is_what_happens_with_tokens()
    {
        await HttpFile.WriteRecordsAsync(system, Tokens.Header("desk", "support"));
        var file = await HttpFile.ReadAsync();
        var given = new Dictionary<string, string>
        {
            ["user"] = Tokens.Create("user-0001", "user"),
            ["campaign"] = Tokens.Create("owner", "campaign"),
            ["support"] = Tokens.Create("desk", "support"),
        };

        await HttpFile.CompareAsync(file.Open, system.Gateway.BaseAddress!, header: Tokens.Header("desk", "support"));
        await HttpFile.CompareAsync(file.Guarded, system.Gateway.BaseAddress!, given);
    }

    [Fact]
    public async Task Nothing_personal_is_logged_or_exported()
    {
        var (person, secret) = ($"person-{Guid.NewGuid():N}", $"secret-{Guid.NewGuid():N}");
        var record = RunningSystem.NewRecord(person) with { Body = secret };
        await system.Commands.PutAsync(record, TestContext.Current.CancellationToken);
        var tokens = new[] { Tokens.Create(person, "user"), Tokens.Create(person, "user", audience: "another") };
        await RunningSystem.EventuallyAsync(
            "the record is seen",
            async () => (await AskAsync($"/query/user?user_id={person}", tokens[0])).Body.Contains(secret, StringComparison.Ordinal)
        );
        foreach (var token in tokens)
        {
            await AskAsync($"/query/user?user_id={person}&limit=x", token);
            await AskAsync($"/query/transaction?transaction_id={person}", token);
            await AskAsync($"/query/nothing?user_id={person}", token);
        }

        // Spans leave a process in the order in which they end: once those of a later request are there, so are those of these.
        var last = JsonDocument.Parse((await AskAsync("/query/nothing", tokens[0])).Body).RootElement.GetProperty("traceId").GetString()!;
        var trace = last.Contains('-', StringComparison.Ordinal) ? last.Split('-')[1] : last;
        await RunningSystem.EventuallyAsync(
            "the spans are exported",
            () =>
                Task.FromResult(
                    guarded.Telemetry.HasTrace(trace, "handler")
                        && guarded.Telemetry.HasTrace(trace, "Query")
                        && guarded.Telemetry.Has("QueryResult")
                )
        );

        string[] personal = [person, secret, .. tokens];
        Assert.All(personal, text => Assert.False(guarded.Telemetry.Has(text), $"{text} is exported"));
        var logs = system.App.Services.GetRequiredService<ResourceLoggerService>();
        foreach (var resource in (string[])["handler", "Query", "QueryResult", "StreamProcessor", "event-source"])
        {
            await foreach (
                var lines in logs.GetAllAsync(
                    (
                        await system.App.ResourceNotifications.WaitForResourceAsync(
                            resource,
                            _ => true,
                            TestContext.Current.CancellationToken
                        )
                    ).ResourceId
                )
            )
                Assert.All(lines, line => Assert.DoesNotContain(personal, text => line.Content.Contains(text, StringComparison.Ordinal)));
        }

        Task<RawAnswer> AskAsync(string target, string token) =>
            RawHttp.SendAsync(
                system.Gateway.BaseAddress!,
                new("GET", target) { Headers = [$"Authorization: Bearer {token}"] },
                TestContext.Current.CancellationToken
            );
    }
}
