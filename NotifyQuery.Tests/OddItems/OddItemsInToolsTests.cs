using System.Text.Json;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.DynamoDB.Http;
using NotifyQuery.Tests.EventSource;
using NotifyQuery.Tests.Support;
using NotifyQuery.Tests.Tools;

namespace NotifyQuery.Tests.OddItems;

/// <summary>The operator's command line beside odd commands.</summary>
public sealed class OddItemsInToolsTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private const string Moment = "2026-11-22T08:15:30.123Z";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_command_says_what_is_wrong_with_which_command_and_goes_on_with_the_others()
    {
        using var engine = await Engine.CreateAsync(local);
        using var raw = new RawDynamoDb(engine.Endpoint, engine.Credentials);
        var deep =
            string.Concat(Enumerable.Repeat("""{"M":{"x":""", OddValue.MostLevels))
            + """{"S":"x"}"""
            + new string('}', 2 * OddValue.MostLevels);
        await PutAsync("tx-deep", $"\"user_id\":{OddValue.StringJson("ann")},\"deep\":{deep}");
        await PutAsync("tx-lone", $"\"user_id\":{OddValue.StringJson("x\ud83d")}");
        await PutAsync("tx\u001b[2J\ud83d", $"\"user_id\":{OddValue.StringJson("bob")}");
        var failed = new DeadLetterOf(engine);
        await failed.PutAsync("letter-deep", "tx-deep");
        await failed.PutAsync("letter-lone", "tx-lone");
        await failed.PutAsync("letter-nameless", null);

        var reconciled = await RunAsync("reconcile", "--settle", "0");
        Assert.Equal(1, reconciled.ExitCode);
        Assert.Contains(reconciled.Output, line => line.StartsWith("missing\ttx-deep\t", StringComparison.Ordinal));
        Assert.Contains($"failed\ttx-lone\t{Moment}\tuser_id is not Unicode text: it contains half of a surrogate pair", reconciled.Output);
        Assert.Contains(
            $"failed\ttx\\u001b[2J\uFFFD\t{Moment}\ttransaction_id is not Unicode text: it contains half of a surrogate pair",
            reconciled.Output
        );
        Assert.Contains("3 commands and 0 notifications compared: 1 missing, 0 stale, 0 orphaned, 2 failed.", reconciled.Output);

        var rebuilt = await RunAsync("rebuild");
        Assert.True(rebuilt.ExitCode == 0, string.Join('\n', [.. rebuilt.Output, .. rebuilt.Errors]));
        Assert.Equal(0, (await RunAsync("reconcile", "--settle", "0")).ExitCode);

        var inspected = await RunAsync("inspect", "--json");
        using (var json = JsonDocument.Parse(string.Concat(inspected.Output)))
            Assert.Equal(
                3,
                json.RootElement.GetProperty("dead_letters").EnumerateArray().Sum(kind => kind.GetProperty("letters").GetInt32())
            );

        var shown = await RunAsync("failures", "show", failed.IdOf("letter-lone"));
        Assert.Equal(0, shown.ExitCode);
        Assert.Contains(
            shown.Output,
            line => line.StartsWith("record ", StringComparison.Ordinal) && line.EndsWith("\"half\\ud83d\"", StringComparison.Ordinal)
        );

        var retried = await RunAsync("failures", "retry", "--all", "--yes");
        Assert.Equal(1, retried.ExitCode);
        Assert.Contains(
            retried.Output,
            line => line.Contains("user_id is not Unicode text: it contains half of a surrogate pair", StringComparison.Ordinal)
        );
        Assert.Contains("1 settled, 2 failed again.", retried.Output);

        Assert.Equal(0, (await RunAsync("failures", "discard", failed.IdOf("letter-lone"), failed.IdOf("letter-nameless"))).ExitCode);
        Assert.Contains("0 dead letters in the last 7 days.", (await RunAsync("failures", "list")).Output);

        async Task PutAsync(string transactionId, string attributes)
        {
            var key = new OddKey(new(OddValue.StringJson(transactionId)), OddValue.Of(Moment));
            var (taken, answer) = await raw.PutAsync($"{{{key.Json},{attributes}}}", Token);
            Assert.True(taken, answer);
        }

        Task<ToolResult> RunAsync(params string[] arguments) =>
            Tool.RunAsync(
                new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = engine.Credentials.AccessKey },
                [.. arguments, "--endpoint", engine.Endpoint.ToString().TrimEnd('/')]
            );
    }

    [Fact]
    public async Task A_table_is_read_page_by_page_past_keys_that_are_not_Unicode()
    {
        using var engine = await Engine.CreateAsync(local);
        using var raw = new RawDynamoDb(engine.Endpoint, engine.Credentials);
        string[] ids = ["a\ud83d", "\ud83da", "b\ude00", "a\uFFFD", "a\U0001F600", "a"];
        foreach (var id in ids)
            Assert.True((await raw.PutAsync($"{{{new OddKey(new(OddValue.StringJson(id)), OddValue.Of(Moment)).Json}}}", Token)).Taken);

        var seen = new List<string>();
        var request = new ScanRequest("command-records") { Limit = 1 };
        do
        {
            var page = await engine.Client.ScanAsync(request, Token);
            seen.AddRange((page.Items ?? []).Select(item => item["transaction_id"].S));
            request.ExclusiveStartKey = page.LastEvaluatedKey;
        } while (request.ExclusiveStartKey is { Count: > 0 } && seen.Count <= ids.Length);

        Assert.Equal(ids.Length, seen.Count);
        Assert.Equal(ids.Length, seen.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(3, seen.Count(LoneSurrogates.IsIn));
    }

    private sealed class DeadLetterOf(Engine engine)
    {
        private readonly DateTimeOffset now = TimeProvider.System.GetUtcNow();

        public string IdOf(string eventId) => $"{NotifyQuery.Core.Notifications.Timestamp.Format(now)}#{eventId}";

        public Task PutAsync(string eventId, string? transactionId) =>
            new NotifyQuery.DynamoDB.DynamoDBDeadLetters(engine.Client, new()).PutAsync(
                new()
                {
                    EventId = eventId,
                    CommittedAt = now,
                    SequenceNumber = "1",
                    TransactionId = transactionId,
                    CreatedAt = transactionId is null ? null : Moment,
                    Record = "\"half\\ud83d\"",
                    ErrorType = "InvalidCommand",
                    ErrorMessage = "made by a test",
                    Attempts = 1,
                },
                Token
            );
    }
}
