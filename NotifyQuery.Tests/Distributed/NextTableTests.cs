using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Amazon.DynamoDBv2.Model;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Reconciliation;

namespace NotifyQuery.Tests.Distributed;

/// <summary>
/// The query table of a running system is exchanged for one with other keys, from the first command to the last, while one writes and
/// others read all the while.
/// </summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class NextTableTests
{
    private const string Next = "notification-records-2";
    private const int Keys = 3;
    private const int Items = 40;

    private static readonly TableNames NextTables = new() { NotificationRecords = Next, KeySpread = KeySpread.Over(Keys) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_table_with_other_keys_replaces_the_first_one_and_readers_get_only_200s_meanwhile_and_miss_nothing()
    {
        await using var system = await RunningSystem.StartAsync(
            null,
            $"--NotifyQuery:NextTable={Next}",
            $"--NotifyQuery:NextTable:KeySpread={Keys}"
        );
        var (user, campaign) = ($"user-{Guid.NewGuid():N}", $"campaign-{Guid.NewGuid():N}");
        var expected = Enumerable
            .Range(0, Items)
            .Select(_ => RunningSystem.NewRecord(user) with { CampaignId = campaign, Status = NotificationStatus.Failed })
            .ToList();
        foreach (var record in expected)
            await system.Commands.PutAsync(record, Token);
        await RunningSystem.EventuallyAsync("all are shown", async () => (await system.ItemsOfAsync(user)).Length == Items);

        using var done = new CancellationTokenSource();
        var day = Timestamp.DayOf(expected[0].CreatedAt);
        var readers = new[]
        {
            new Reader(system.Gateway, $"/query/user?user_id={user}&limit=100"),
            new Reader(system.Gateway, $"/query/campaign?campaign_id={campaign}&limit=100"),
            new Reader(system.Handler, $"/query/status?status=FAILED&from={day}T00:00Z&to={day}T23:59:59Z&limit=100"),
            new Reader(system.Gateway, $"/query/transaction?transaction_id={expected[0].TransactionId}") { Expected = 1 },
        };
        var reading = readers.Select(reader => reader.RunAsync(done.Token)).ToList();
        var writing = WriteAsync(system, done.Token);

        Assert.Contains(
            "queries are not answered from",
            await ExecuteAsync(system, success: false, "promote"),
            StringComparison.OrdinalIgnoreCase
        );
        await ExecuteAsync(system, success: true, "fill");
        await ServeAsync(system, "next");
        await ServeAsync(system, "current");
        await ServeAsync(system, "next");
        await ExecuteAsync(system, success: true, "promote");
        await WithoutDisagreementAsync(system, "finish");
        await done.CancelAsync();
        await Task.WhenAll(reading);
        var written = await writing;

        Assert.All(
            readers,
            reader =>
                Assert.True(reader.Problems.IsEmpty && reader.Answers > 10, $"{reader}: {string.Join('\n', reader.Problems.Take(10))}")
        );
        await Assert.ThrowsAsync<ResourceNotFoundException>(() => system.DynamoDB.DescribeTableAsync("notification-records", Token));
        await Assert.ThrowsAsync<ResourceNotFoundException>(() => system.DynamoDB.DescribeTableAsync($"{Next}-checkpoints", Token));
        foreach (var stopped in (string[])["next-event-source", "NextStreamProcessor"])
            await system.App.ResourceNotifications.WaitForResourceAsync(stopped, KnownResourceStates.TerminalStates, Token);
        var last = RunningSystem.NewRecord(user);
        await system.Commands.PutAsync(last, Token);
        await RunningSystem.EventuallyAsync(
            "what is written afterwards is shown",
            async () => (await system.ItemsOfAsync(user)).Length == Items + 1
        );
        var report = new ReconcileReport();
        await new Reconciler(system.DynamoDB, NextTables, TimeProvider.System).ReconcileAsync(new(), report, Token);
        Assert.True(report.Agree, report.Summary());
        Assert.Equal(Items + written + 1, report.Notifications);
    }

    private static Task ServeAsync(RunningSystem system, string table) => WithoutDisagreementAsync(system, "serve", ("table", table));

    /// <summary>While writes go on, a comparison may find one under way for longer than it waits: an operator tries again.</summary>
    private static Task WithoutDisagreementAsync(RunningSystem system, string command, params (string, string)[] arguments) =>
        RunningSystem.EventuallyAsync(
            command,
            async () =>
            {
                var result = await RunAsync(system, command, arguments);
                if (!result.Success)
                    Assert.Contains("does not agree with command-records", result.Message, StringComparison.Ordinal);
                return result.Success;
            }
        );

    private static Task<ExecuteCommandResult> RunAsync(
        RunningSystem system,
        string command,
        params (string Name, string Value)[] arguments
    ) =>
        system.App.ResourceCommands.ExecuteCommandAsync(
            "tables",
            command,
            new([
                .. arguments.Select(argument => new InteractionInput
                {
                    Name = argument.Name,
                    InputType = InputType.Text,
                    Value = argument.Value,
                }),
            ]),
            Token
        );

    private static async Task<string> ExecuteAsync(RunningSystem system, bool success, string command)
    {
        var result = await RunAsync(system, command);
        Assert.True(result.Success == success, $"{command}: {result.Message}");
        return result.Message ?? "";
    }

    private static async Task<int> WriteAsync(RunningSystem system, CancellationToken cancellationToken)
    {
        var written = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            await system.Commands.PutAsync(RunningSystem.NewRecord("somebody-else"), Token);
            written++;
            await Task.Delay(TimeSpan.FromMilliseconds(200), Token); // slow enough for both tables to agree between two writes
        }

        return written;
    }

    /// <summary>Asks one question again and again, without any retry.</summary>
    private sealed class Reader(HttpClient client, string question)
    {
        public int Expected { get; init; } = Items;

        public ConcurrentQueue<string> Problems { get; } = [];

        public int Answers { get; private set; }

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                using var response = await client.GetAsync(question, Token);
                var body = await response.Content.ReadAsStringAsync(Token);
                Answers++;
                if (response.StatusCode is not HttpStatusCode.OK)
                    Problems.Enqueue($"answer {Answers}: {(int)response.StatusCode} {body}");
                else if (JsonDocument.Parse(body).RootElement.GetProperty("count").GetInt32() < Expected)
                    Problems.Enqueue($"answer {Answers}: {body.Length} characters hold fewer than {Expected} items");
                await Task.Delay(10, Token);
            }
        }

        public override string ToString() => $"{Answers} answers to GET {question.Split('?')[0]}, {Problems.Count} of them with a problem";
    }
}
