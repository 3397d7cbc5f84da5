using System.Net;
using System.Net.Http.Json;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.Json;
using Aspire.Hosting.Testing;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Tests.Distributed;

[Collection(nameof(OneSystemAtATime))]
public sealed class WholeSystemTests(WholeSystem whole)
{
    private readonly RunningSystem system = whole.System;
    private readonly string user = $"user-{Guid.NewGuid():N}";

    [Fact]
    public async Task A_record_written_changed_moved_and_removed_is_seen_so_through_the_gateway()
    {
        var record = RunningSystem.NewRecord(user);
        await system.Commands.PutAsync(record, TestContext.Current.CancellationToken);
        await RunningSystem.EventuallyAsync("the insert is seen", async () => (await system.ItemsOfAsync(user)).Length == 1);
        var item = (await system.ItemsOfAsync(user)).Single();
        Assert.Equal(record.TransactionId, item.GetProperty("transaction_id").GetString());
        Assert.Equal(record.CreatedAt, item.GetProperty("created_at").GetString());
        Assert.Equal("push", item.GetProperty("channel").GetString());
        Assert.Equal("PENDING", item.GetProperty("status").GetString());
        Assert.Equal("20% off", item.GetProperty("body").GetString());
        Assert.False(item.TryGetProperty("error_message", out _));

        await system.Commands.PutAsync(
            record with
            {
                Status = NotificationStatus.Failed,
                ErrorMessage = "mailbox full",
            },
            TestContext.Current.CancellationToken
        );
        await RunningSystem.EventuallyAsync(
            "the change is seen",
            async () => (await system.ItemsOfAsync(user)).Single().GetProperty("status").GetString() == "FAILED"
        );

        var other = $"{user}-other";
        await system.Commands.PutAsync(record with { UserId = other }, TestContext.Current.CancellationToken);
        await RunningSystem.EventuallyAsync(
            "the move is seen",
            async () => (await system.ItemsOfAsync(user)).Length == 0 && (await system.ItemsOfAsync(other)).Length == 1
        );

        await system.Commands.RemoveAsync(record, TestContext.Current.CancellationToken);
        await RunningSystem.EventuallyAsync("the removal is seen", async () => (await system.ItemsOfAsync(other)).Length == 0);
    }

    [Fact]
    public async Task Pages_follow_one_another_by_their_cursor_without_a_gap_or_a_repetition()
    {
        var records = Enumerable.Range(0, 25).Select(_ => RunningSystem.NewRecord(user)).ToList();
        foreach (var record in records)
            await system.Commands.PutAsync(record, TestContext.Current.CancellationToken);
        await RunningSystem.EventuallyAsync("all are seen", async () => (await system.ItemsOfAsync(user)).Length == records.Count);

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await system.AskAsync($"/query/user?user_id={user}&limit=10{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("transaction_id").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
        } while (cursor is not null);

        var newestFirst = records.OrderByDescending(r => r.Key.SortKey, StringComparer.Ordinal).Select(r => r.TransactionId);
        Assert.Equal(newestFirst, seen);
    }

    [Fact]
    public async Task No_other_machine_reaches_the_servers()
    {
        var others = NetworkInterface
            .GetAllNetworkInterfaces()
            .SelectMany(it => it.GetIPProperties().UnicastAddresses)
            .Select(it => it.Address)
            .Where(address => address.AddressFamily is AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))
            .ToList();
        Assert.SkipWhen(others.Count == 0, "this machine has no other address than the loopback's");

        // DynamoDB Local is not among them: it listens on all interfaces (docs/security.md).
        foreach (var resource in (string[])["gateway", "handler", "event-source", "LambdaServiceEmulator"])
        {
            foreach (var address in others)
            {
                using var socket = new TcpClient();
                var refused = await Assert.ThrowsAsync<SocketException>(async () =>
                    await socket.ConnectAsync(address, system.App.GetEndpoint(resource, "http").Port, TestContext.Current.CancellationToken)
                );
                Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
            }
        }
    }

    [Theory]
    [InlineData("/query/user", HttpStatusCode.BadRequest)]
    [InlineData("/query/user?user_id=u&limit=0&order=up", HttpStatusCode.BadRequest)]
    [InlineData("/query/user?user_id=u&cursor=abc", HttpStatusCode.BadRequest)]
    [InlineData("/query/transaction?transaction_id=nobody-knows-it", HttpStatusCode.NotFound)]
    [InlineData("/query/nothing", HttpStatusCode.NotFound)]
    [InlineData("/query/user?user_id=nobody", HttpStatusCode.OK)]
    [InlineData("/query/status?status=FAILED&from=2026-01-01&to=2026-01-01T23:59:59Z", HttpStatusCode.OK)]
    public async Task The_gateway_and_the_Handler_answer_alike(string request, HttpStatusCode expected)
    {
        using var direct = await system.Handler.GetAsync(request, TestContext.Current.CancellationToken);
        using var through = await system.Gateway.GetAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, direct.StatusCode);
        Assert.Equal(expected, through.StatusCode);
        Assert.Equal(direct.Content.Headers.ContentType?.MediaType, through.Content.Headers.ContentType?.MediaType);
        Assert.Equal(await BodyAsync(direct), await BodyAsync(through));
        if (expected is not HttpStatusCode.OK)
            Assert.Equal("application/problem+json", direct.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_bad_query_is_told_every_bad_parameter_at_once()
    {
        using var response = await system.Gateway.GetAsync(
            "/query/user?limit=x&order=up&colour=red",
            TestContext.Current.CancellationToken
        );
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        var errors = problem.GetProperty("errors").EnumerateObject().Select(e => e.Name);
        Assert.Equal(["colour", "limit", "order", "user_id"], errors);
        Assert.NotEmpty(problem.GetProperty("traceId").GetString()!);
    }

    [Fact]
    public async Task The_StreamProcessor_ends_a_batch_before_the_event_source_stops_waiting_for_it()
    {
        var limit = await VariableAsync("StreamProcessor", "Projection__TimeLimitSeconds");
        Assert.NotNull(limit);
        Assert.Equal(limit, await VariableAsync("event-source", "EventSource__FunctionTimeout"));

        async Task<string?> VariableAsync(string resource, string name) =>
            (await system.App.ResourceNotifications.WaitForResourceAsync(resource, _ => true, TestContext.Current.CancellationToken))
                .Snapshot.EnvironmentVariables.FirstOrDefault(variable => variable.Name == name)
                ?.Value;
    }

    [Fact]
    public async Task A_record_that_can_never_be_projected_becomes_a_dead_letter_and_blocks_nothing()
    {
        var poison = RunningSystem.NewRecord(user);
        var item = CommandItem.Of(poison);
        item.Remove(AttributeNames.UserId);
        await system.DynamoDB.PutItemAsync(new() { TableName = "command-records", Item = item }, TestContext.Current.CancellationToken);
        await system.Commands.PutAsync(RunningSystem.NewRecord(user), TestContext.Current.CancellationToken);

        await RunningSystem.EventuallyAsync("the record after it is seen", async () => (await system.ItemsOfAsync(user)).Length == 1);
        await RunningSystem.EventuallyAsync(
            "the dead letter is kept",
            async () =>
                (
                    await system.DynamoDB.ScanAsync(new() { TableName = "projection-failures" }, TestContext.Current.CancellationToken)
                ).Items.Any(letter =>
                    letter["transaction_id"].S == poison.TransactionId
                    && letter["error_message"].S.Contains("user_id is missing", StringComparison.Ordinal)
                )
        );
    }

    /// <summary>The body, without the id of the trace, which differs from request to request.</summary>
    private static async Task<string> BodyAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if (body.Length == 0)
            return body;
        var json = JsonDocument.Parse(body).RootElement.EnumerateObject().Where(member => member.Name != "traceId");
        return string.Join("\n", json.Select(member => $"{member.Name}: {member.Value}"));
    }
}
