using System.Globalization;
using System.Text.Json;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>The event with which an event source mapping invokes the StreamProcessor function.</summary>
internal static class StreamEventJson
{
    private const string StreamArn = "arn:aws:dynamodb:us-east-1:000000000000:table/command-records/stream/2025-11-24T16:00:00.000";

    /// <summary>A batch of changes, in their order.</summary>
    /// <param name="changes">The state before and after each change; the state before an insert is null.</param>
    /// <param name="firstSequenceNumber">The sequence number of the first record.</param>
    public static string Of(IEnumerable<(CommandRecord? Before, CommandRecord After)> changes, long firstSequenceNumber = 1)
    {
        var records = changes.Select((change, i) => Record(change.Before, change.After, firstSequenceNumber + i));
        return $$"""{"Records":[{{string.Join(',', records)}}]}""";
    }

    private static string Record(CommandRecord? before, CommandRecord after, long sequenceNumber)
    {
        var number = sequenceNumber.ToString("D21", CultureInfo.InvariantCulture);
        var oldImage = before is null ? "" : $"\"OldImage\":{Json(CommandItem.Of(before))},";
        return $$"""
            {"eventID":"{{number}}","eventName":"{{(before is null
                ? "INSERT"
                : "MODIFY")}}","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{
            "ApproximateCreationDateTime":1764000000,"Keys":{{Json(CommandItem.KeyOf(after))}},{{oldImage}}
            "NewImage":{{Json(CommandItem.Of(after))}},"SequenceNumber":"{{number}}","SizeBytes":900,
            "StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"{{StreamArn}}"}
            """;
    }

    private static string Json(Dictionary<string, AttributeValue> item)
    {
        var attributes = item.Select(attribute => $$"""{{Quoted(attribute.Key)}}:{"S":{{Quoted(attribute.Value.S)}}}""");
        return $"{{{string.Join(',', attributes)}}}";

        static string Quoted(string text) => JsonSerializer.Serialize(text);
    }
}
