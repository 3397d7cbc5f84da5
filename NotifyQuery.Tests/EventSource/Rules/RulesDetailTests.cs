using System.Text;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

/// <summary>The edges of the rules: what is just enough, just too much, or not there at all.</summary>
public sealed class RulesDetailTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Computed independently: checkpoints that were written by lane must mean the same in every release.
    [Theory]
    [InlineData("", 1, 1, 9, 69)]
    [InlineData("a", 1, 2, 5, 38)]
    [InlineData("日本", 0, 3, 4, 89)]
    [InlineData("""{"id":{"S":"pinned"}}""", 0, 2, 2, 27)]
    [InlineData("""{"transaction_id":{"S":"tx-1"},"created_at":{"S":"2026-11-22T08:15:30.123Z"}}""", 1, 6, 9, 26)]
    public void The_lane_of_an_item_never_changes(string item, int of2, int of7, int of10, int of97) =>
        Assert.Equal([0, of2, of7, of10, of97], new[] { 1, 2, 7, 10, 97 }.Select(lanes => Lanes.Of(item, lanes)));

    [Fact]
    public void Waiting_begins_with_the_first_delay_and_never_overflows()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1), () => 0);

        Assert.Equal(
            [1, 1, 2, 1_048_576, 1_048_576],
            new[] { 0, 1, 2, 21, int.MaxValue }.Select(failures => backoff.After(failures).TotalMilliseconds)
        );
        Assert.Equal(0.75, new Backoff(TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1), () => 0.5).After(1).TotalMilliseconds);
    }

    [Theory]
    [InlineData("{", "the function's response is not JSON")]
    [InlineData("7", "the function's response is not a batch response")]
    [InlineData("""{"batchItemFailures":7}""", "batchItemFailures is not a list")]
    [InlineData("""{"batchItemFailures":[7]}""", "batchItemFailures names a record that is not in the batch")]
    public void An_answer_that_is_not_understood_is_reported_as_such(string answer, string error) =>
        Assert.Equal(error, BatchOutcome.FromAnswer(Encoding.UTF8.GetBytes(answer), [Records.Of(1)]).Error);

    [Fact]
    public void A_failure_has_done_nothing_and_a_success_has_no_error()
    {
        Assert.Equal(
            (0, false, "why"),
            (BatchOutcome.Failed("why").Done, BatchOutcome.Failed("why").Succeeded, BatchOutcome.Failed("why").Error)
        );
        Assert.Equal((3, true, null), (BatchOutcome.Complete(3).Done, BatchOutcome.Complete(3).Succeeded, BatchOutcome.Complete(3).Error));
    }

    [Fact]
    public void After_a_success_nothing_is_left_and_nothing_given_up()
    {
        var decision = new BatchRetry(0, null, true).After(Records.Batch(1, 2), BatchOutcome.Complete(2));

        Assert.Equal((2, 0, false), (decision.Done, decision.Next.Count, decision.GivenUp));
    }

    [Fact]
    public void What_is_given_up_is_not_called_done_and_a_retry_says_that_nothing_is()
    {
        Assert.Equal(0, new BatchRetry(0, null, false).After(Records.Batch(1, 2), BatchOutcome.Failed("Unhandled")).Done);
        Assert.Equal(0, new BatchRetry(1, null, false).After(Records.Batch(1, 2), BatchOutcome.Failed("Unhandled")).Done);
        Assert.Equal(0, new BatchRetry(1, null, true).After(Records.Batch(1, 2), BatchOutcome.Failed("Unhandled")).Done);
        Assert.False(new BatchRetry(1, null, false).After(Records.Batch(1, 2), BatchOutcome.FailedFrom(1)).GivenUp);
    }

    [Fact]
    public void A_whole_batch_may_expire()
    {
        var old = new PendingBatch(new[] { Records.Of(1, createdAt: Now.AddHours(-2)), Records.Of(2, createdAt: Now.AddHours(-2)) });

        Assert.Equal(2, new BatchRetry(-1, TimeSpan.FromHours(1), false).Expired(old, Now));
    }

    [Fact]
    public void A_batch_takes_what_fills_its_payload_to_the_byte_and_not_one_more()
    {
        const int Envelope = 14; // {"Records":[]}
        var exact = new BatchWindow(100, Envelope + 2 * 301, TimeSpan.Zero);
        var short1 = new BatchWindow(100, Envelope + 2 * 301 - 1, TimeSpan.Zero);
        foreach (var window in (BatchWindow[])[exact, short1])
            Assert.True(window.TryAdd(Records.Of(1, bytes: 300), Now));
        Assert.False(exact.IsFull);

        Assert.True(exact.TryAdd(Records.Of(2, bytes: 300), Now));
        Assert.False(short1.TryAdd(Records.Of(2, bytes: 300), Now));

        Assert.True(exact.IsFull);
        Assert.False(short1.IsFull);
        Assert.Equal((Envelope, 301), (EventPayload.EnvelopeBytes, EventPayload.BytesOf(Records.Of(1, bytes: 300))));
        Assert.Equal(6 * 1024 * 1024, EventPayload.LimitBytes); // what Lambda takes of an event
    }

    [Fact]
    public void A_batch_without_records_waits_for_nothing_and_its_window_is_opened_by_the_first()
    {
        var window = new BatchWindow(10, 1000, TimeSpan.FromSeconds(5));
        Assert.True(window.IsEmpty);
        Assert.Equal(TimeSpan.Zero, window.Remaining(Now));

        window.TryAdd(Records.Of(1), Now);
        window.TryAdd(Records.Of(2), Now.AddSeconds(3));

        Assert.False(window.IsEmpty);
        Assert.Equal(TimeSpan.FromSeconds(2), window.Remaining(Now.AddSeconds(3)));
        Assert.Equal((2, 0), (window.ToBatch().Count, window.ToBatch().Attempts));
    }

    [Fact]
    public void A_payload_has_a_comma_between_records_and_is_read_from_its_beginning()
    {
        var payload = EventPayload.Of([Records.Of(1), Records.Of(2), Records.Of(3)]);

        Assert.Equal(0, payload.Position);
        Assert.Equal(
            $$"""{"Records":[{{string.Join(',', new[] { 1, 2, 3 }.Select(i => Encoding.UTF8.GetString(Records.Of(i).Json.Span)))}}]}""",
            Encoding.UTF8.GetString(payload.ToArray())
        );
    }

    [Fact]
    public void A_shard_that_has_had_no_records_yet_is_read_every_100_ms()
    {
        var rhythm = new PollRhythm(() => 0);

        Assert.All(Enumerable.Range(0, 40), _ => Assert.Equal(100, rhythm.After(0).TotalMilliseconds));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void No_sequence_number_is_before_every_other(string? nothing)
    {
        Assert.Equal(new string('0', 64), SequenceNumber.Padded(nothing));
        Assert.Equal(new string('0', 62) + "17", SequenceNumber.Padded("17"));
    }

    [Fact]
    public void A_number_is_covered_up_to_itself_and_by_nothing_not_at_all()
    {
        Assert.True(SequenceNumber.IsCovered("17", "17"));
        Assert.True(SequenceNumber.IsCovered("16", "17"));
        Assert.False(SequenceNumber.IsCovered("18", "17"));
        Assert.False(SequenceNumber.IsCovered("0", null));
    }

    [Fact]
    public async Task A_reader_waits_at_the_very_byte_and_goes_on_below_it()
    {
        var ahead = new ReadAhead(records: 100, bytes: 600);
        var (first, second) = (Records.Of(1, bytes: 300), Records.Of(2, bytes: 300));
        ahead.Take(first);
        await ahead.WaitForRoomAsync(Token);
        ahead.Take(second);
        Assert.Equal(2, ahead.Records);
        var waiting = new[] { ahead.WaitForRoomAsync(Token), ahead.WaitForRoomAsync(Token) };
        Assert.All(waiting, task => Assert.False(task.IsCompleted));

        ahead.Return([second]);

        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal(1, ahead.Records);
        ahead.Return([first]);
        Assert.Equal(0, ahead.Records);
    }

    [Fact]
    public async Task Released_bytes_make_no_room_while_too_much_is_left_and_a_cancelled_wait_throws()
    {
        var ahead = new ReadAhead(records: 1, bytes: 10_000);
        var (first, second) = (Records.Of(1), Records.Of(2));
        ahead.Take(first);
        ahead.Take(second);
        using var giveUp = new CancellationTokenSource();
        var waiting = ahead.WaitForRoomAsync(giveUp.Token);

        ahead.Return([first]);
        Assert.False(waiting.IsCompleted);
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(30), Token));
    }
}
