using System.Globalization;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Erasing;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>What is kept of a person goes when it must: dead letters by their time, and all of it when a user is erased.</summary>
public sealed class ErasureTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private const string Moment = "2026-11-22T08:15:30.123Z";

    private static readonly CommandState Ann = CommandState.Of("tx-1", Moment, "ann");
    private static readonly CommandState AnnsPoison = CommandState.Of("tx-2", Moment, "ann").With(AttributeNames.Channel, "fax");
    private static readonly CommandState Bob = CommandState.Of("tx-3", Moment, "bob");
    private static readonly CommandState BobsPoison = CommandState.Of("tx-4", Moment, "bob").With(AttributeNames.Channel, "fax");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_letter_expires_90_days_after_it_was_written_unless_the_settings_say_otherwise()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var time = FakeTime.New();
        var change = await pipeline.PutAsync(AnnsPoison);

        await WriteAsync(null);
        Assert.Equal(time.GetUtcNow().AddDays(90).ToUnixTimeSeconds(), ExpiryOf(await OnlyLetterAsync(pipeline)));

        await ClearAsync(pipeline);
        await WriteAsync(DeadLetterRetention.From(_ => "7"));
        Assert.Equal(time.GetUtcNow().AddDays(7).ToUnixTimeSeconds(), ExpiryOf(await OnlyLetterAsync(pipeline)));

        Task WriteAsync(DeadLetterRetention? retention) =>
            new DynamoDBDeadLetters(pipeline.Tables.Client, pipeline.Tables.Names, time, retention).PutAsync(
                new()
                {
                    EventId = change.EventId,
                    CommittedAt = change.CommittedAt,
                    SequenceNumber = change.SequenceNumber,
                    Record = change.RawRecord(),
                    ErrorType = "InvalidCommand",
                    ErrorMessage = "channel",
                    Attempts = 1,
                },
                Token
            );
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("for ever")]
    public void A_time_that_is_none_is_named(string setting) =>
        Assert.Contains(
            $"DeadLetters:RetentionDays is '{setting}'",
            Assert.Throws<InvalidOperationException>(() => DeadLetterRetention.From(_ => setting)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public async Task A_letter_that_is_settled_no_longer_holds_the_record_and_goes_sooner()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var time = FakeTime.New();
        await pipeline.ShowAsync(AnnsPoison);
        var log = new FailureLog(pipeline.Tables.Client, pipeline.Tables.Names, time);
        var letter = await log.FindAsync((await OnlyLetterAsync(pipeline))["failed_at"].S, Token);
        Assert.NotNull(letter!.Record);

        await log.ResolveAsync(letter, "discarded", Token);

        var settled = await OnlyLetterAsync(pipeline);
        Assert.False(settled.ContainsKey("record"));
        Assert.Equal(time.GetUtcNow().AddDays(30).ToUnixTimeSeconds(), ExpiryOf(settled));
    }

    [Fact]
    public async Task An_erased_user_is_in_no_table_any_more_and_others_are_untouched()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(Ann);
        await pipeline.ShowAsync(AnnsPoison);
        await pipeline.ShowAsync(Bob);
        await pipeline.ShowAsync(BobsPoison);
        var report = new ErasureReport();

        await EraseAsync(pipeline, "ann", report);

        Assert.Equal((2, 1, 0), (report.Commands, report.DeadLetters, report.RecordsDropped));
        Assert.Equal(
            ["tx-3", "tx-4"],
            (await AllAsync(pipeline, pipeline.Tables.Names.CommandRecords)).Select(item => item[AttributeNames.TransactionId].S).Order()
        );
        Assert.Equal("tx-4", (await OnlyLetterAsync(pipeline))[AttributeNames.TransactionId].S);
        Assert.Contains("user_id=bob", Assert.Single(await pipeline.VisibleAsync()), StringComparison.Ordinal);

        var again = new ErasureReport();
        await EraseAsync(pipeline, "ann", again);
        Assert.Equal((0, 0, 0), (again.Commands, again.DeadLetters, again.Shown.Repaired));
    }

    [Fact]
    public async Task The_projection_of_the_removals_that_comes_later_brings_nothing_back()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var written = await pipeline.ShowAsync(Ann);

        await EraseAsync(pipeline, "ann", new());
        await pipeline.ProjectAsync(written, await pipeline.RemoveAsync(Ann));

        Assert.Empty(await pipeline.VisibleAsync());
    }

    [Fact]
    public async Task A_failure_of_a_command_that_went_to_another_user_stays_without_what_it_held_of_the_first()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await pipeline.ShowAsync(AnnsPoison); // its letter holds ann
        await pipeline.PutAsync(AnnsPoison.With(AttributeNames.UserId, "bob"));
        var report = new ErasureReport();

        await EraseAsync(pipeline, "ann", report);

        Assert.Equal((0, 0, 1), (report.Commands, report.DeadLetters, report.RecordsDropped));
        var letter = await OnlyLetterAsync(pipeline);
        Assert.False(letter.ContainsKey("record"));
        Assert.False(letter["resolved"].BOOL);
    }

    [Theory]
    [InlineData("""{"dynamodb":{"OldImage":{"user_id":{"S":"ann"}}}}""", true)]
    [InlineData("""{"user_id":"ann"}""", true)]
    [InlineData("""{"user_id":{"N":"1","S":"ann"}}""", true)] // of two types
    [InlineData("""{"user_\u0069d":{"\u0053":"a\u006en"}}""", true)]
    [InlineData("""{"user_id":{"M":{"user_id":{"S":"ann"}}}}""", true)]
    // half of a surrogate pair, in a name and in a text
    [InlineData("""{"\ud83d":{"S":"\ude00"},"user_id":{"\ud83d":"\ud83d","S":"ann"}}""", true)]
    [InlineData("""{"user_id":{"S":"\ud83d"},"title":{"S":"ann"}}""", false)]
    [InlineData("""{"user_id":{"S":"bob"},"title":{"S":"ann"}}""", false)] // another attribute's text
    [InlineData("""{"user_id":{"L":[{"S":"ann"}]},"body":"ann"}""", false)] // not a user's name
    [InlineData("""{"title":{"M":{"S":{"S":"ann"}}}}""", false)]
    [InlineData("""{"user_id":{"S":"anna"}}""", false)]
    [InlineData("""{"NewImage":{"user_id":{"S":"ann"},"body":{"S":"cut off""", true)]
    public async Task A_dead_letter_of_the_user_is_found_by_its_record_whatever_else_that_contains(string record, bool erased)
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await PutLetterAsync(pipeline, record);
        await PutLetterAsync(pipeline, "{", "bystander");
        var report = new ErasureReport();

        await EraseAsync(pipeline, "ann", report);

        Assert.Equal(erased ? 1 : 0, report.DeadLetters);
        Assert.Equal(erased ? 1 : 2, (await AllAsync(pipeline, pipeline.Tables.Names.ProjectionFailures)).Count);
    }

    [Theory]
    [InlineData(31)] // as deep as DynamoDB takes it
    [InlineData(100_000)] // as deep as a letter of somebody else's could be
    public async Task A_letter_is_read_at_any_depth(int levels)
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        await PutLetterAsync(
            pipeline,
            $$$"""{"deep":{{{new string('[', levels)}}}{"user_id":{"S":"a\u006en"}}{{{new string(']', levels)}}}}"""
        );
        var report = new ErasureReport();

        await EraseAsync(pipeline, "ann", report);

        Assert.Equal(1, report.DeadLetters);
    }

    private static Task PutLetterAsync(Pipeline pipeline, string record, string eventId = "event") =>
        pipeline.Tables.DeadLetters.PutAsync(
            new()
            {
                EventId = eventId,
                CommittedAt = TimeProvider.System.GetUtcNow(),
                SequenceNumber = "1",
                Record = record,
                ErrorType = "InvalidCommand",
                ErrorMessage = "made by a test",
                Attempts = 1,
            },
            Token
        );

    private static Task EraseAsync(Pipeline pipeline, string user, ErasureReport report) =>
        new Erasure(pipeline.Tables.Client, pipeline.Tables.Names, TimeProvider.System).EraseAsync(user, 2, TimeSpan.Zero, report, Token);

    private static long ExpiryOf(Dictionary<string, AttributeValue> letter) =>
        long.Parse(letter["expires_at"].N, CultureInfo.InvariantCulture);

    private static async Task<List<Dictionary<string, AttributeValue>>> AllAsync(Pipeline pipeline, string table) =>
        [.. await pipeline.Tables.AllAsync(table, Token)];

    private static async Task<Dictionary<string, AttributeValue>> OnlyLetterAsync(Pipeline pipeline) =>
        Assert.Single(await AllAsync(pipeline, pipeline.Tables.Names.ProjectionFailures));

    private static async Task ClearAsync(Pipeline pipeline)
    {
        var letter = await OnlyLetterAsync(pipeline);
        await pipeline.Tables.Client.DeleteItemAsync(
            pipeline.Tables.Names.ProjectionFailures,
            new() { ["failure_day"] = letter["failure_day"], ["failed_at"] = letter["failed_at"] },
            Token
        );
    }
}
