using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Failures;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Reconciliation.DeadLetterRuns;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>Many dead letters at once: grouped by cause, and chosen.</summary>
public sealed class DeadLetterSelectionTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
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
                "processor failed to process a batch of 3 (17 to 19) of shardId-1-a in 101 invocations",
                "RetryAttemptsExhausted"
            ),
            Letter(
                "e",
                "tx-5",
                Now.AddDays(-2),
                "processor failed to process a batch of 1 (20 to 20) of shardId-2-b in 101 invocations",
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
                    "RetryAttemptsExhausted: processor failed to process a batch of N (N to N) of … in N invocations",
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

    private static DeadLetterOperations Operations(Pipeline pipeline) => DeadLetterRuns.Operations(pipeline);
}
