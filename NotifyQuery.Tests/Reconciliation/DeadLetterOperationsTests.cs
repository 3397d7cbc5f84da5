using System.Globalization;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Failures;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>Many dead letters at once: chosen, grouped, retried, discarded, interrupted.</summary>
public sealed class DeadLetterOperationsTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private const string Moment = "2026-11-22T08:15:30.123Z";

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly FailureSelection Everything = new() { Window = new(Now.AddDays(-7)) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Letters_are_counted_by_cause_with_the_first_the_last_and_an_example()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await KeepAsync(
            pipeline,
            Letter("a", "tx-1", Now.AddHours(-3)),
            Letter("b", "tx-2", Now.AddHours(-1)),
            Letter("c", "tx-3", Now.AddHours(-2))
        );
        await KeepAsync(
            pipeline,
            Letter(
                "d",
                "tx-4",
                Now.AddDays(-1),
                "processor did not take a batch of 3 (17 to 19) of shardId-1-a in 101 invocations",
                "RetryAttemptsExhausted"
            ),
            Letter(
                "e",
                "tx-5",
                Now.AddDays(-2),
                "processor did not take a batch of 1 (20 to 20) of shardId-2-b in 101 invocations",
                "RetryAttemptsExhausted"
            ),
            Letter("old", "tx-6", Now.AddDays(-8))
        );

        var groups = new FailureGroups();
        await Operations(pipeline).GroupAsync(Everything, withResolved: false, groups, Token);

        Assert.Equal(
            [
                new FailureGroup(
                    "InvalidCommand: user_id is missing",
                    3,
                    Timestamp.Format(Now.AddHours(-3)),
                    Timestamp.Format(Now.AddHours(-1)),
                    $"{Timestamp.Format(Now.AddHours(-1))}#b"
                ),
                new FailureGroup(
                    "RetryAttemptsExhausted: processor did not take a batch of N (N to N) of … in N invocations",
                    2,
                    Timestamp.Format(Now.AddDays(-2)),
                    Timestamp.Format(Now.AddDays(-1)),
                    $"{Timestamp.Format(Now.AddDays(-1))}#d"
                ),
            ],
            groups.All
        );
    }

    [Fact]
    public async Task Each_option_chooses_and_all_that_are_given_must_hold()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await KeepAsync(
            pipeline,
            Letter("a", "tx-1", Now.AddHours(-3)) with
            {
                Record = """{"dynamodb":{"NewImage":{"user_id":{"S":"ann"}}}}""",
            },
            Letter("b", "tx-2", Now.AddHours(-2)) with
            {
                Record = """{"dynamodb":{"OldImage":{"user_id":{"S":"ann"}},"NewImage":{"user_id":{"S":"bob"}}}}""",
            },
            Letter("c", "tx-1", Now.AddHours(-1), "status is 'LOST'") with
            {
                Record = """{"dynamodb":{"NewImage":{"title":{"S":"ann"}}}}""",
            }
        );

        Assert.Equal(["c", "b", "a"], await IdsAsync(Everything));
        Assert.Equal(["c"], await IdsAsync(Everything with { Error = "lost" }));
        Assert.Equal(["c", "b", "a"], await IdsAsync(Everything with { Error = "INVALIDcommand" }));
        Assert.Equal(["c", "a"], await IdsAsync(Everything with { TransactionId = "tx-1" }));
        Assert.Equal(["b", "a"], await IdsAsync(Everything with { UserId = "ann" }));
        Assert.Equal(["b"], await IdsAsync(Everything with { UserId = "bob" }));
        Assert.Equal(["a"], await IdsAsync(Everything with { UserId = "ann", TransactionId = "tx-1" }));
        Assert.Equal(["c", "b"], await IdsAsync(Everything with { Window = new(Cut(Now.AddHours(-2))) }));
        Assert.Equal(["b", "a"], await IdsAsync(Everything with { Window = new(Now.AddDays(-1), Cut(Now.AddHours(-1))) }));
        Assert.Equal([], await IdsAsync(Everything with { ErrorTypes = ["RecordAgeExceeded"] }));

        async Task<List<string>> IdsAsync(FailureSelection selection) =>
            await Operations(pipeline).ReadAsync(selection, false, Token).Select(letter => letter.Id[25..]).ToListAsync(Token);
    }

    [Fact]
    public async Task A_dry_run_says_what_would_become_of_the_letters_and_changes_nothing()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.PutAsync(Command("tx-1"));
        await pipeline.PutAsync(Command("tx-2").With(AttributeNames.Channel, "fax"));
        await KeepAsync(
            pipeline,
            Letter("a", "tx-1", Now),
            Letter("b", "tx-2", Now),
            Letter("gone", "tx-3", Now),
            Letter("nameless", null, Now)
        );
        var before = await StateAsync(pipeline);

        var report = await RunAsync(pipeline, FailureOperation.Retry, Everything, new() { DryRun = true });
        var discarding = await RunAsync(pipeline, FailureOperation.Discard, Everything, new() { DryRun = true });

        Assert.Equal("Dry run, nothing is changed: 2 would be settled, 2 would fail again.", report.Summary());
        Assert.Equal("Dry run, nothing is changed: 4 would be discarded.", discarding.Summary());
        Assert.Equal(
            [
                "InvalidCommand: channel is 'fax': it must be one of push, sms, email, in_app",
                "InvalidCommand: the stream record names no command: discard it once its cause is known",
            ],
            report.Causes.Select(cause => cause.Cause)
        );
        Assert.Equal(before, await StateAsync(pipeline));
    }

    [Fact]
    public async Task A_letter_that_names_no_possible_command_does_not_keep_its_neighbours_from_being_settled()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.PutAsync(Command("tx-1"));
        await KeepAsync(
            pipeline,
            Letter("a", "tx-1", Now),
            Letter("odd", "tx-2", Now) with
            {
                CreatedAt = new('c', 1500),
            },
            Letter("gone", "tx-3", Now)
        );

        var report = await RunAsync(pipeline, FailureOperation.Retry, Everything);

        Assert.Equal((2, 1), (report.Settled, report.Failed));
        Assert.StartsWith(
            "InvalidCommand: the stream record names no command that the table could hold",
            Assert.Single(report.Causes).Cause,
            StringComparison.Ordinal
        );
        Assert.Contains("transaction_id=tx-1", Assert.Single(await pipeline.VisibleAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_letter_that_is_erased_meanwhile_ends_nothing()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.PutAsync(Command("tx-1"));
        await KeepAsync(pipeline, Letter("a", "tx-1", Now), Letter("b", "tx-2", Now));
        pipeline.Client.BeforeRead = async _ =>
        {
            foreach (var item in await pipeline.Tables.AllAsync(pipeline.Tables.Names.ProjectionFailures, Token))
                if (item["event_id"].S == "b")
                    await pipeline.Tables.Client.DeleteItemAsync(
                        pipeline.Tables.Names.ProjectionFailures,
                        new() { ["failure_day"] = item["failure_day"], ["failed_at"] = item["failed_at"] },
                        Token
                    );
        };

        var report = await RunAsync(pipeline, FailureOperation.Retry, Everything);

        Assert.Equal((2, 0), (report.Settled, report.Failed));
        Assert.True(Assert.Single(await pipeline.Tables.AllAsync(pipeline.Tables.Names.ProjectionFailures, Token))["resolved"].BOOL);
    }

    /// <summary>1,200 letters: of commands that can be projected, that cannot, and that are gone.</summary>
    [Theory]
    [InlineData(FailureOperation.Retry)]
    [InlineData(FailureOperation.Discard)]
    public async Task A_run_that_is_interrupted_goes_on_does_nothing_twice_and_leaves_alone_what_arrives_meanwhile(
        FailureOperation operation
    )
    {
        const int Count = 1200;
        using var pipeline = await Pipeline.CreateAsync(engine);
        var states = Enumerable
            .Range(0, Count)
            .Where(number => number % 3 != 2)
            .Select(number => number % 3 == 0 ? Command(Id(number)) : Command(Id(number)).With(AttributeNames.Channel, "fax"))
            .ToList();
        await WriteAsync(pipeline, pipeline.Tables.Names.CommandRecords, states.Select(ItemOf));
        await WriteAsync(
            pipeline,
            pipeline.Tables.Names.ProjectionFailures,
            Enumerable.Range(0, Count).Select(number => ItemOf(Letter($"event-{number:D5}", Id(number), Now.AddSeconds(-number))))
        );

        var first = await InterruptAsync(pipeline, operation, 300);
        await KeepAsync(pipeline, Letter("late", "tx-00000", Now.AddHours(-1)) with { ErrorMessage = "arrived meanwhile" });
        var second = await InterruptAsync(pipeline, operation, 200);
        var last = await RunAsync(pipeline, operation, Everything);
        var letters = await pipeline.Tables.AllAsync(pipeline.Tables.Names.ProjectionFailures, Token);

        var failing = operation is FailureOperation.Retry ? Count / 3 : 0;
        Assert.InRange(first.Settled + first.Failed, 1, Count - 1);
        Assert.True(second.Run!.Continued && last.Run!.Continued && last.Run.Id == first.Run!.Id, "it is one run");
        Assert.InRange(last.SettledBefore + last.FailedBefore, first.Settled + first.Failed + second.Settled + second.Failed, Count - 1);
        Assert.Equal((Count - failing, failing), (last.SettledBefore + last.Settled, last.FailedBefore + last.Failed));
        Assert.Equal(1, last.Arrived);
        Assert.Equal(Count - failing, letters.Count(letter => letter["resolved"].BOOL is true));
        // One more attempt for those that failed, no more for anybody.
        Assert.Equal(failing, letters.Count(letter => letter["attempts"].N is "2"));
        Assert.Equal(Count + 1 - failing, letters.Count(letter => letter["attempts"].N is "1"));
        Assert.False(letters.Single(letter => letter["event_id"].S == "late")["resolved"].BOOL);
        Assert.Equal(operation is FailureOperation.Retry ? Count / 3 : 0, (await pipeline.VisibleAsync()).Count);
        Assert.Empty(await pipeline.Tables.AllAsync(pipeline.Tables.Names.StreamCheckpoints, Token)); // the run has ended
        if (operation is FailureOperation.Retry)
            Assert.All((await pipeline.ReconcileAsync()).Findings, finding => Assert.Equal(Discrepancy.Failed, finding.Kind));
    }

    [Fact]
    public async Task A_run_that_was_interrupted_is_begun_again_where_that_is_asked_for_or_the_selection_is_another()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await KeepAsync(pipeline, Letter("a", "tx-1", Now), Letter("b", null, Now));
        var runs = new FailureRuns(pipeline.Client, pipeline.Tables.Names, TimeProvider.System);
        var old = await runs.BeginAsync("name", Everything.Window, restart: false, Token);

        Assert.Equal(
            old with
            {
                Continued = true,
                StartedAt = Cut(old.StartedAt),
                Window = new(Cut(Everything.Window.Since)),
            },
            await runs.BeginAsync("name", new(Now), restart: false, Token)
        );
        Assert.NotEqual(old.Id, (await runs.BeginAsync("other", Everything.Window, restart: false, Token)).Id);
        Assert.False((await runs.BeginAsync("name", Everything.Window, restart: true, Token)).Continued);
        await runs.EndAsync("name", Token);
        Assert.False((await runs.BeginAsync("name", Everything.Window, restart: false, Token)).Continued);
    }

    /// <summary>Histories made by chance; the stream has gaps, old changes come late, and letters are retried in between.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_retry_of_many_never_brings_back_what_is_older_than_what_is_shown_or_removed(int seed)
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var random = new Random(seed);
        var late = new List<StreamChange>();
        var there = new Dictionary<int, CommandState>();
        for (var step = 0; step < 120; step++)
        {
            var number = random.Next(4);
            if (!there.TryGetValue(number, out var before) || random.Next(5) > 0)
            {
                var state = Command($"tx-{number}")
                    .With(AttributeNames.UserId, random.Next(2) == 0 ? "ann" : "bob")
                    .With(AttributeNames.Title, $"title {step}");
                there[number] = random.Next(6) == 0 ? state.With(AttributeNames.Channel, "fax") : state;
                await BecomeAsync(await pipeline.PutAsync(there[number]));
            }
            else
            {
                there.Remove(number);
                await BecomeAsync(await pipeline.RemoveAsync(before));
            }

            if (random.Next(8) == 0)
                await RetryAsync(random.Next(2) == 0 ? Everything : Everything with { TransactionId = $"tx-{random.Next(4)}" });
            if (random.Next(6) == 0 && late.Count > 0)
                await NeverBackAsync(() => pipeline.ProjectAsync(late[random.Next(late.Count)]));
        }

        // What is in no letter is the business of reconcile; here every command gets one.
        await KeepAsync(pipeline, [.. Enumerable.Range(0, 4).Select(number => Letter($"last-{number}", $"tx-{number}", Now))]);
        await RetryAsync(Everything);
        foreach (var change in late)
            await NeverBackAsync(() => pipeline.ProjectAsync(change));

        Assert.Equal(
            there
                .Values.Where(state => state.Image().Record is not null)
                .Select(state => $"{state.Read(AttributeNames.UserId).Text} {state.Read(AttributeNames.Title).Text}")
                .Order(StringComparer.Ordinal),
            (await pipeline.Tables.AllAsync(pipeline.Tables.Names.NotificationRecords, Token))
                .Where(item => !item.ContainsKey(AttributeNames.DeletedAt))
                .Select(item => $"{item[AttributeNames.UserId].S} {item[AttributeNames.Title].S}")
                .Order(StringComparer.Ordinal)
        );

        async Task BecomeAsync(StreamChange change)
        {
            late.Add(change);
            switch (random.Next(3))
            {
                case 0:
                    await pipeline.ProjectAsync(change);
                    break;
                case 1:
                    await KeepAsync(
                        pipeline,
                        Letter(change.EventId, change.TransactionId, Now) with
                        {
                            ErrorType = "RetryAttemptsExhausted",
                        }
                    );
                    break;
                default:
                    break; // a gap
            }
        }

        Task RetryAsync(FailureSelection selection) => NeverBackAsync(() => RunAsync(pipeline, FailureOperation.Retry, selection));

        async Task NeverBackAsync(Func<Task> action)
        {
            var before = await VersionsAsync();
            await action();
            var after = await VersionsAsync();
            Assert.All(
                before,
                place =>
                    Assert.True(
                        string.CompareOrdinal(after[place.Key], place.Value) >= 0,
                        $"{place.Key} went from {place.Value} to {after[place.Key]}"
                    )
            );
        }

        async Task<Dictionary<string, string>> VersionsAsync() =>
            (await pipeline.Tables.AllAsync(pipeline.Tables.Names.NotificationRecords, Token)).ToDictionary(
                item => $"{item[AttributeNames.UserId].S} {item[AttributeNames.CreatedAt].S}",
                item => item[AttributeNames.SourceVersion].S
            );
    }

    private static DeadLetterOperations Operations(Pipeline pipeline) => new(pipeline.Client, pipeline.Tables.Names, TimeProvider.System);

    private static async Task<FailureRunReport> RunAsync(
        Pipeline pipeline,
        FailureOperation operation,
        FailureSelection selection,
        FailureRunOptions? options = null
    )
    {
        var report = new FailureRunReport(operation, options?.DryRun ?? false);
        await Operations(pipeline).RunAsync(operation, selection, options ?? new(), report, Token);
        return report;
    }

    /// <summary>Stops a run when it has done so many letters.</summary>
    private static async Task<FailureRunReport> InterruptAsync(Pipeline pipeline, FailureOperation operation, int after)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var report = new FailureRunReport(operation, dryRun: false);
        var running = Operations(pipeline).RunAsync(operation, Everything, new(), report, stop.Token);
        while (report.Settled + report.Failed < after && !running.IsCompleted)
            await Task.WhenAny(running, Task.Delay(5, Token));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        return report;
    }

    private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"tx-{number:D5}");

    private static CommandState Command(string transactionId) => CommandState.Of(transactionId, Moment, "ann");

    private static DateTimeOffset Cut(DateTimeOffset moment) => Timestamp.Parse(Timestamp.Format(moment));

    private static DeadLetter Letter(
        string id,
        string? transactionId,
        DateTimeOffset at,
        string message = "user_id is missing",
        string type = "InvalidCommand"
    ) =>
        new()
        {
            EventId = id,
            CommittedAt = at,
            SequenceNumber = "1",
            TransactionId = transactionId,
            CreatedAt = transactionId is null ? null : Moment,
            Record = "{}",
            ErrorType = type,
            ErrorMessage = message,
            Attempts = 1,
        };

    private static async Task KeepAsync(Pipeline pipeline, params DeadLetter[] letters)
    {
        foreach (var letter in letters)
            await pipeline.Tables.DeadLetters.PutAsync(letter, Token);
    }

    private static Item ItemOf(CommandState state) =>
        state.Attributes.ToDictionary(attribute => attribute.Key, attribute => new AttributeValue(attribute.Value.Text));

    private static Item ItemOf(DeadLetter letter) =>
        new()
        {
            ["failure_day"] = new(Timestamp.DayOf(Timestamp.Format(letter.CommittedAt))),
            ["failed_at"] = new($"{Timestamp.Format(letter.CommittedAt)}#{letter.EventId}"),
            ["event_id"] = new(letter.EventId),
            ["error_type"] = new(letter.ErrorType),
            ["error_message"] = new(letter.ErrorMessage),
            ["attempts"] = new() { N = "1" },
            ["resolved"] = new() { BOOL = false },
            ["record"] = new(letter.Record),
            [AttributeNames.TransactionId] = new(letter.TransactionId),
            [AttributeNames.CreatedAt] = new(letter.CreatedAt),
        };

    private static Task WriteAsync(Pipeline pipeline, string table, IEnumerable<Item> items) =>
        Parallel.ForEachAsync(
            items.Chunk(25),
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token },
            async (chunk, token) =>
                Assert.Empty(
                    (
                        await pipeline.Tables.Client.BatchWriteItemAsync(
                            new BatchWriteItemRequest
                            {
                                RequestItems = new() { [table] = [.. chunk.Select(item => new WriteRequest(new PutRequest(item)))] },
                            },
                            token
                        )
                    ).UnprocessedItems
                        ?? []
                )
        );

    private static async Task<List<string>> StateAsync(Pipeline pipeline)
    {
        var items = new List<string>();
        foreach (
            var table in (string[])
                [
                    pipeline.Tables.Names.ProjectionFailures,
                    pipeline.Tables.Names.NotificationRecords,
                    pipeline.Tables.Names.StreamCheckpoints,
                ]
        )
            items.AddRange(
                (await pipeline.Tables.AllAsync(table, Token)).Select(item =>
                    string.Join(
                        ' ',
                        item.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={a.Value.S}{a.Value.N}{a.Value.BOOL}")
                    )
                )
            );
        items.Sort(StringComparer.Ordinal);
        return items;
    }
}
