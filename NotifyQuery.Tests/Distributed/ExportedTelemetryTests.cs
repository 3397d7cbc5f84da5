using System.Net;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Distributed.SystemTraces;

namespace NotifyQuery.Tests.Distributed;

/// <summary>What the telemetry of all services says, and what it does not.</summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class ExportedTelemetryTests(WholeSystem whole)
{
    private readonly RunningSystem system = whole.System;
    private readonly SystemTraces traces = new(whole);
    private readonly OtlpReceiver received = whole.Received;
    private readonly string user = $"user-{Guid.NewGuid():N}";

    [Fact]
    public async Task Each_service_says_which_version_and_which_process_it_is()
    {
        await traces.AskAsync($"/query/user?user_id={user}", HttpStatusCode.OK, default);
        await system.Commands.PutAsync(RunningSystem.NewRecord(user), TestContext.Current.CancellationToken);
        foreach (var service in (string[])["gateway", "Query", "handler", "QueryResult", "StreamProcessor", "event-source"])
        {
            var resource = (await traces.SpanAsync(span => span.Service == service)).Resource;
            Assert.Equal("notifyquery", resource["service.namespace"]);
            Assert.Matches(@"^\d+\.\d+\.\d+$", Assert.IsType<string>(resource["service.version"]));
            Assert.NotEmpty(Assert.IsType<string>(resource["service.instance.id"]));
            if (service is "Query" or "QueryResult" or "StreamProcessor")
                Assert.Equal(service, resource["faas.name"]);
        }
    }

    [Fact]
    public async Task Nothing_that_is_exported_holds_a_user_a_title_or_a_body()
    {
        var record = RunningSystem.NewRecord(user) with { Title = $"title-{Guid.NewGuid():N}", Body = $"body-{Guid.NewGuid():N}" };
        await system.Commands.PutAsync(record, TestContext.Current.CancellationToken);
        await RunningSystem.EventuallyAsync("the record is seen", async () => (await system.ItemsOfAsync(user)).Length == 1);
        var caller = NewContext();
        await traces.AskAsync($"/query/user?user_id={user}&status=NONE", HttpStatusCode.BadRequest, caller);
        using (await system.Handler.GetAsync($"/query/user?user_id={user}", TestContext.Current.CancellationToken))
        {
            await traces.TraceAsync(caller, span => span.Service == "gateway");
        }

        Assert.True(received.Holds("Redacted"));
        foreach (var text in (string[])[user, record.Title, record.Body])
            Assert.False(received.Holds(text), $"'{text}' was exported");
    }
}
