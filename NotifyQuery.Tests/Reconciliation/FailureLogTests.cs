using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Reconciliation.KeptFailures;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>Dead letters listed, found and settled.</summary>
public sealed class FailureLogTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Letters_are_listed_newest_first_for_as_many_days_as_asked_and_settled_ones_only_on_demand()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var time = FakeTime.New();
        var log = new FailureLog(pipeline.Tables.Client, pipeline.Tables.Names, time);
        var midnight = new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        foreach (
            var (id, at) in ((string, DateTimeOffset)[])
                [
                    ("old", midnight.AddMilliseconds(-1)),
                    ("early", midnight),
                    ("late", midnight.AddHours(3)),
                    ("older", midnight.AddDays(-2)),
                ]
        )
        {
            await pipeline.Tables.DeadLetters.PutAsync(LetterOf(id, at), Token);
        }

        await log.ResolveAsync(await LetterAsync(log, midnight, "early"), "discarded", Token);

        Assert.Equal(["late"], await ListAsync(log, 1, false));
        Assert.Equal(["late", "early"], await ListAsync(log, 1, true));
        Assert.Equal(["late", "old"], await ListAsync(log, 2, false));
        Assert.Equal(["late", "early", "old", "older"], await ListAsync(log, 3, true));
    }

    [Fact]
    public async Task A_letter_is_found_by_its_id_as_it_was_kept()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var log = Log(pipeline);
        var change = await pipeline.PutAsync(Poison);
        await pipeline.ProjectAsync(change);
        var id = $"{Timestamp.Format(change.CommittedAt)}#{change.EventId}";

        var letter = await log.FindAsync(id, Token);

        Assert.NotNull(letter);
        Assert.Equal(
            new StoredDeadLetter(
                id,
                "InvalidCommand",
                letter.ErrorMessage,
                1,
                false,
                null,
                "tx-1",
                Moment,
                change.RawRecord(),
                KeptAt: letter.KeptAt
            ),
            letter
        );
        Assert.InRange(Timestamp.Parse(letter.KeptAt!), TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow());
        Assert.Contains("channel is 'fax'", letter.ErrorMessage, StringComparison.Ordinal);
        foreach (var unknown in (string[])["", "x", "2026-11-22", id + "0", id[..^1]])
            Assert.Null(await log.FindAsync(unknown, Token));
    }

    [Fact]
    public async Task A_redelivery_does_not_reopen_a_letter_that_is_settled()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var log = Log(pipeline);
        var change = await pipeline.ShowAsync(Poison);
        await log.ResolveAsync(await OnlyLetterAsync(pipeline), "discarded", Token);

        await pipeline.ProjectAsync(change);

        Assert.Equal("discarded", (await OnlyLetterAsync(pipeline)).Resolution);
    }

    [Fact]
    public async Task A_letter_that_somebody_else_wrote_is_listed_beside_the_others_whatever_it_lacks()
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var (log, now) = (Log(pipeline), TimeProvider.System.GetUtcNow());
        await pipeline.Tables.DeadLetters.PutAsync(LetterOf("whole", now), Token);
        await pipeline.Tables.Client.PutItemAsync(
            pipeline.Tables.Names.ProjectionFailures,
            new()
            {
                ["failure_day"] = new(Timestamp.DayOf(Timestamp.Format(now))),
                ["failed_at"] = new($"{Timestamp.Format(now)}#odd"),
                ["attempts"] = new("many"),
                ["resolved"] = new() { BOOL = false },
                ["error_type"] = new() { N = "7" },
                ["record_gzip"] = new() { B = new([1, 2, 3]) },
            },
            Token
        );

        Assert.Equal(["whole", "odd"], await ListAsync(log, 1, false));
        var odd = await LetterAsync(log, now, "odd");
        Assert.Equal(("Unknown", "", 0, null, null), (odd.ErrorType, odd.ErrorMessage, odd.Attempts, odd.Record, odd.TransactionId));
        await log.ResolveAsync(odd, "discarded", Token);
        Assert.Equal(["whole"], await ListAsync(log, 1, false));
    }

    private static async Task<StoredDeadLetter> LetterAsync(FailureLog log, DateTimeOffset at, string id) =>
        await log.FindAsync($"{Timestamp.Format(at)}#{id}", Token) ?? throw new InvalidOperationException($"there is no letter {id}");

    private static async Task<List<string>> ListAsync(FailureLog log, int days, bool withResolved)
    {
        var ids = new List<string>();
        await foreach (var letter in log.ListAsync(days, withResolved, Token))
            ids.Add(letter.Id[(letter.Id.IndexOf('#', StringComparison.Ordinal) + 1)..]);
        return ids;
    }
}
