using System.Text.Json;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Lambdas.StreamProcessor;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Lambdas;

/// <summary>From a stream record, as Lambda hands it over, to a change.</summary>
public sealed class StreamRecordChangeTests
{
    private const string Moment = "2026-11-22T08:15:30.123Z";
    private const string Keys = $$$"""{"transaction_id":{"S":"tx-1"},"created_at":{"S":"{{{Moment}}}"}}""";
    private const string Pending =
        $$$"""{"transaction_id":{"S":"tx-1"},"created_at":{"S":"{{{Moment}}}"},"user_id":{"S":"ann"},"status":{"S":"PENDING"}}""";
    private const string Sent =
        $$$"""{"transaction_id":{"S":"tx-1"},"created_at":{"S":"{{{Moment}}}"},"user_id":{"S":"bob"},"status":{"S":"SENT"}}""";

    private static readonly NotificationKey AnnsPlace = NotificationKey.Of("ann", Moment, "tx-1");

    [Fact]
    public void A_record_becomes_a_change_with_both_states_and_all_that_names_it()
    {
        var change = Read("MODIFY", $$""","NewImage":{{Sent}},"OldImage":{{Pending}}""");

        Assert.Equal("event-1", change.EventId);
        Assert.Equal("000000000000000000017", change.SequenceNumber);
        Assert.Equal(Change.StreamArn, change.StreamArn);
        Assert.Equal(("tx-1", Moment), (change.TransactionId, change.CreatedAt));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1764000000), change.CommittedAt);
        Assert.Equal(TimeSpan.Zero, change.CommittedAt.Offset);
        Assert.Equal(AnnsPlace, change.Before);
        Assert.Equal(("bob", NotificationStatus.Sent), (change.After!.Record!.UserId, change.After.Record.Status));
        using var raw = JsonDocument.Parse(change.RawRecord());
        Assert.Equal("event-1", raw.RootElement.GetProperty("eventID").GetString());
        Assert.Equal(
            "SENT",
            raw.RootElement.GetProperty("dynamodb").GetProperty("NewImage").GetProperty("status").GetProperty("S").GetString()
        );
    }

    [Fact]
    public void A_removal_has_no_state_after_it_and_an_insertion_none_before()
    {
        Assert.Null(Read("REMOVE", $$""","OldImage":{{Pending}}""").After);
        Assert.Equal(AnnsPlace, Read("REMOVE", $$""","OldImage":{{Pending}}""").Before);
        Assert.Null(Read("INSERT", $$""","NewImage":{{Pending}}""").Before);
        Assert.NotNull(Read("INSERT", $$""","NewImage":{{Pending}}""").After!.Record);
    }

    [Theory]
    [InlineData("INSERT", "")]
    [InlineData("MODIFY", "")]
    [InlineData("INSERT", ",\"NewImage\":{}")]
    [InlineData("MODIFY", ",\"NewImage\":null")]
    public void A_write_without_the_state_after_it_is_no_removal_but_a_dead_letter_that_says_what_the_stream_must_hold(
        string eventName,
        string image
    )
    {
        var change = Read(eventName, $$"""{{image}},"OldImage":{{Pending}}""");

        Assert.NotNull(change.After);
        Assert.Null(change.After.Record);
        Assert.Contains(
            "NEW_AND_OLD_IMAGES",
            Assert.Single(Projector.Project(change, Change.FirstCommit).Problems),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("UPSERT")]
    [InlineData("insert")]
    [InlineData("REMOVED")]
    [InlineData("")]
    [InlineData(null)]
    public void An_event_that_nobody_knows_is_no_removal_but_a_dead_letter_that_names_it(string? eventName)
    {
        var change = Read(eventName, $$""","NewImage":{{Sent}},"OldImage":{{Pending}}""");

        Assert.NotNull(change.After);
        Assert.Null(change.After.Record);
        Assert.Equal(
            $"the event is '{eventName}': it must be INSERT, MODIFY or REMOVE",
            Assert.Single(Projector.Project(change, Change.FirstCommit).Problems)
        );
    }

    [Fact]
    public void A_record_that_names_no_stream_or_no_change_is_a_dead_letter()
    {
        var nameless = Read("MODIFY", $$""","NewImage":{{Sent}}""", streamArn: null);
        Assert.Null(nameless.StreamArn);
        Assert.NotEmpty(Projector.Project(nameless, Change.FirstCommit).Problems);
        Assert.Empty(Projector.Project(nameless, Change.FirstCommit).Writes);

        var empty = Assert.Single(Read("""{"Records":[{"eventID":"event-1","eventName":"REMOVE"}]}"""));
        Assert.Equal(("event-1", "", null), (empty.EventId, empty.SequenceNumber, empty.StreamArn));
        Assert.NotEmpty(Projector.Project(empty, Change.FirstCommit).Problems);
        Assert.Empty(Projector.Project(empty, Change.FirstCommit).Writes);
    }

    [Theory]
    [InlineData("""{"N":"7"}""", "N")]
    [InlineData("""{"BOOL":true}""", "BOOL")]
    [InlineData("""{"B":"AAEC"}""", "B")]
    [InlineData("""{"M":{"a":{"S":"b"}}}""", "M")]
    [InlineData("""{"L":[{"S":"b"}]}""", "L")]
    [InlineData("""{"SS":["b"]}""", "SS")]
    [InlineData("""{"NS":["7"]}""", "NS")]
    [InlineData("""{"BS":["AAEC"]}""", "BS")]
    public void A_known_attribute_of_another_type_is_named_with_it(string value, string type)
    {
        var change = Read(
            "INSERT",
            $$""","NewImage":{"transaction_id":{"S":"tx-1"},"created_at":{"S":"{{Moment}}"},"user_id":{{value}}}"""
        );

        Assert.Equal($"user_id has type {type}: it must be a string (S)", Assert.Single(change.After!.Problems));
    }

    private static StreamChange Read(string? eventName, string images, string? streamArn = "")
    {
        var name = eventName is null ? "" : $$""","eventName":"{{eventName}}" """;
        var stream = streamArn is null ? "" : $$""","eventSourceARN":"{{Change.StreamArn}}" """;
        var json =
            $$$"""{"Records":[{"eventID":"event-1"{{{name}}}{{{stream}}},"dynamodb":{"ApproximateCreationDateTime":1764000000"""
            + $$$""","Keys":{{{Keys}}}{{{images}}},"SequenceNumber":"000000000000000000017"}}]}""";
        return Assert.Single(Read(json));
    }

    private static IReadOnlyList<StreamChange> Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return StreamRecordReader.ReadAll(document.RootElement.Clone(), Change.FirstCommit);
    }
}
