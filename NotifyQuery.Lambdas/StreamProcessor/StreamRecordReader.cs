using System.Text.Json;
using Amazon.Lambda.DynamoDBEvents;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using Attributes = System.Collections.Generic.Dictionary<string, Amazon.Lambda.DynamoDBEvents.DynamoDBEvent.AttributeValue>;

namespace NotifyQuery.Lambdas.StreamProcessor;

/// <summary>The one place where a stream record of an event becomes a change of the core.</summary>
internal static class StreamRecordReader
{
    public static StreamChange Read(DynamoDBEvent.DynamodbStreamRecord record)
    {
        var change = record.Dynamodb;
        return new()
        {
            EventId = record.EventID ?? "",
            SequenceNumber = change?.SequenceNumber ?? "",
            CommittedAt = change is null ? default : new DateTimeOffset(DateTime.SpecifyKind(change.ApproximateCreationDateTime.ToUniversalTime(), DateTimeKind.Utc)),
            Before = change?.OldImage is { Count: > 0 } old ? CommandImage.KeyOf(Reader(old)) : null,
            After = After(record),
            TransactionId = Key(AttributeNames.TransactionId),
            CreatedAt = Key(AttributeNames.CreatedAt),
            RawRecord = () => JsonSerializer.Serialize(record, LambdaJson.Default.DynamodbStreamRecord),
        };

        string? Key(string name) => change?.Keys is { } keys && keys.TryGetValue(name, out var value) ? value.S : null;
    }

    private static CommandImage? After(DynamoDBEvent.DynamodbStreamRecord record) => record switch
    {
        { EventName: "REMOVE" } => null,
        { EventName: "INSERT" or "MODIFY", Dynamodb.NewImage: { Count: > 0 } image } => CommandImage.Read(Reader(image)),
        { EventName: "INSERT" or "MODIFY" } => new(null, ["the stream record has no new image: the stream's view type must be NEW_AND_OLD_IMAGES"]),
        _ => new(null, [$"the event is '{record.EventName}': it must be INSERT, MODIFY or REMOVE"]),
    };

    private static ImageReader Reader(Attributes image) => name =>
        !image.TryGetValue(name, out var value) || value is null ? ImageValue.Absent
        : value.S is { } text ? new(text, null)
        : new(null, TypeOf(value));

    private static string TypeOf(DynamoDBEvent.AttributeValue value) => value switch
    {
        { N: not null } => "N",
        { BOOL: not null } => "BOOL",
        { NULL: not null } => "NULL",
        { B: not null } => "B",
        { M: not null } => "M",
        { L: not null } => "L",
        { SS: not null } => "SS",
        { NS: not null } => "NS",
        _ => "BS",
    };
}
