using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Failures;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Reconciliation.KeptFailures;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>Dead letters tried again.</summary>
public sealed class FailureRetryTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_retry_shows_the_command_as_it_is_now_and_settles_the_letter()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var log = Log(pipeline);
        await pipeline.ShowAsync(Poison);
        await pipeline.PutAsync(Valid);
        await pipeline.PutAsync(Valid.With(AttributeNames.Status, "READ")); // not projected: the stream had a gap

        var problem = await log.RetryAsync(await OnlyLetterAsync(pipeline), pipeline.Reconciler(), Token);

        Assert.Null(problem);
        Assert.Equal("READ", (await pipeline.ItemAsync(Valid))[AttributeNames.Status].S);
        var settled = await OnlyLetterAsync(pipeline);
        Assert.Equal((true, "retried", 1), (settled.Resolved, settled.Resolution, settled.Attempts));
    }

    [Fact]
    public async Task A_retry_touches_nothing_that_is_shown_as_it_should_be()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var log = Log(pipeline);
        await pipeline.ShowAsync(Poison);
        await pipeline.ShowAsync(Valid);
        var before = await pipeline.ItemAsync(Valid);

        await log.RetryAsync(await OnlyLetterAsync(pipeline), pipeline.Reconciler(), Token);

        var after = await pipeline.ItemAsync(Valid);
        Assert.Equal(before.Select(a => (a.Key, a.Value.S)).Order(), after.Select(a => (a.Key, a.Value.S)).Order());
    }

    [Fact]
    public async Task A_retry_whose_command_is_gone_brings_nothing_back_and_clears_what_is_still_shown_of_it()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var log = Log(pipeline);
        var other = CommandState.Of("tx-1", "2026-11-22T08:15:30.124Z", "ann");
        var first = await pipeline.ShowAsync(Valid);
        await pipeline.ShowAsync(other);
        await GiveUpAsync(pipeline, await pipeline.RemoveAsync(Valid));

        var problem = await log.RetryAsync(await OnlyLetterAsync(pipeline), pipeline.Reconciler(), Token);
        await pipeline.ProjectAsync(first);

        Assert.Null(problem);
        Assert.Equal(
            [$"created_at=2026-11-22T08:15:30.124Z#tx-1 sent_at=2026-11-22T08:15:30.124Z transaction_id=tx-1 user_id=ann"],
            await pipeline.VisibleAsync()
        );
        Assert.Empty((await pipeline.ReconcileAsync()).Findings);
        Assert.True((await OnlyLetterAsync(pipeline)).Resolved);
    }

    [Fact]
    public async Task A_retry_of_a_move_clears_the_place_that_was_left()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var log = Log(pipeline);
        await pipeline.ShowAsync(Valid);
        await GiveUpAsync(pipeline, await pipeline.PutAsync(Valid.With(AttributeNames.UserId, "bob")));

        Assert.Null(await log.RetryAsync(await OnlyLetterAsync(pipeline), pipeline.Reconciler(), Token));

        Assert.Contains("user_id=bob", Assert.Single(await pipeline.VisibleAsync()), StringComparison.Ordinal);
        Assert.Empty((await pipeline.ReconcileAsync()).Findings);
    }

    [Fact]
    public async Task A_retry_of_a_command_that_is_still_invalid_counts_a_try_says_why_and_settles_nothing()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var log = Log(pipeline);
        await pipeline.ShowAsync(Valid);
        await pipeline.ShowAsync(Poison);
        await pipeline.PutAsync(Poison.With(AttributeNames.Status, "LOST"));

        var first = await log.RetryAsync(await OnlyLetterAsync(pipeline), pipeline.Reconciler(), Token);
        await log.RetryAsync(await OnlyLetterAsync(pipeline), pipeline.Reconciler(), Token);

        var letter = await OnlyLetterAsync(pipeline);
        Assert.Contains("status is 'LOST'", first, StringComparison.Ordinal);
        Assert.Equal((3, false, null, first), (letter.Attempts, letter.Resolved, letter.Resolution, letter.ErrorMessage));
        Assert.Empty(await pipeline.VisibleAsync());
    }

    [Fact]
    public async Task A_letter_that_names_no_command_can_only_be_discarded()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var log = Log(pipeline);
        await pipeline.Tables.DeadLetters.PutAsync(
            LetterOf("nameless", TimeProvider.System.GetUtcNow()) with
            {
                TransactionId = null,
                CreatedAt = null,
            },
            Token
        );

        Assert.Contains(
            "names no command",
            await log.RetryAsync(await OnlyLetterAsync(pipeline), pipeline.Reconciler(), Token),
            StringComparison.Ordinal
        );
        Assert.False((await OnlyLetterAsync(pipeline)).Resolved);
        await log.ResolveAsync(await OnlyLetterAsync(pipeline), "discarded", Token);

        Assert.Equal("discarded", (await OnlyLetterAsync(pipeline)).Resolution);
        Assert.Empty(await pipeline.VisibleAsync());
    }

    /// <summary>As the event source does after its last try.</summary>
    [Theory]
    [InlineData("", Moment)]
    [InlineData("tx-1", "")]
    [InlineData(null, Moment)]
    public async Task A_letter_that_names_no_command_fails_again_and_ends_nothing(string? transactionId, string createdAt)
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var letter = new StoredDeadLetter(
            $"{Moment}#event",
            "InvalidCommand",
            "made by a test",
            1,
            false,
            null,
            transactionId,
            createdAt,
            "{}"
        );
        await pipeline.Tables.DeadLetters.PutAsync(LetterOf("event", Timestamp.Parse(Moment)), Token);

        Assert.Equal(
            "the stream record names no command: discard the dead letter once its cause is known",
            await Log(pipeline).RetryAsync(letter, pipeline.Reconciler(), Token)
        );
    }

    [Fact]
    public async Task A_letter_that_names_what_is_too_long_for_a_key_fails_again_and_ends_nothing()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var letter = new StoredDeadLetter(
            $"{Moment}#event",
            "InvalidCommand",
            "made by a test",
            1,
            false,
            null,
            new('t', 2049),
            Moment,
            "{}"
        );
        await pipeline.Tables.DeadLetters.PutAsync(LetterOf("event", Timestamp.Parse(Moment)), Token);

        Assert.StartsWith(
            "the stream record names no command that the table could hold: ",
            await Log(pipeline).RetryAsync(letter, pipeline.Reconciler(), Token),
            StringComparison.Ordinal
        );
    }

    private static async Task GiveUpAsync(Pipeline pipeline, StreamChange change) =>
        await pipeline.Tables.DeadLetters.PutAsync(
            new()
            {
                EventId = change.EventId,
                CommittedAt = change.CommittedAt,
                SequenceNumber = change.SequenceNumber,
                TransactionId = change.TransactionId,
                CreatedAt = change.CreatedAt,
                Record = change.RawRecord(),
                ErrorType = "RetryAttemptsExhausted",
                ErrorMessage = "the function did not take it",
                Attempts = 3,
            },
            Token
        );
}
