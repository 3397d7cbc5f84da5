using System.Globalization;
using System.Text;
using System.Text.Json;
using Amazon.DynamoDBv2.Model;
using BenchmarkDotNet.Attributes;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.Lambdas.StreamProcessor;

namespace NotifyQuery.Benchmarks.Micro;

/// <summary>From a batch of stream records, as Lambda passes it, to the writes of the projection. Figures are for one record.</summary>
public class StreamEvents
{
    private const int Records = 100;

    private byte[] json = [];
    private JsonElement batch;
    private IReadOnlyList<StreamChange> changes = [];

    /// <summary>Makes the event.</summary>
    [GlobalSetup]
    public void Setup()
    {
        json = Encoding.UTF8.GetBytes(
            $$"""{"Records":[{{string.Join(',', SampleRecords.Take(Records).Select((record, i) =>
        {
            var (image, keys) = (Json(CommandItem.Of(record)), Json(CommandItem.KeyOf(record)));
            return string.Create(CultureInfo.InvariantCulture,
                $$$"""{"eventID":"{{{i:x32}}}","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1764000000,"Keys":{{{keys}}},"NewImage":{{{image}}},"OldImage":{{{image}}},"SequenceNumber":"{{{100000000000000000 + i}}}","SizeBytes":900,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"arn:aws:dynamodb:us-east-1:000000000000:table/command-records/stream/2025-11-24T16:00:00.000"}""");
        }))}}]}"""
        );
        batch = Parse();
        changes = StreamRecordReader.ReadAll(batch, DateTimeOffset.UnixEpoch);
    }

    /// <summary>All of it.</summary>
    [Benchmark(OperationsPerInvoke = Records, Description = "event JSON to writes")]
    public int JsonToWrites() =>
        BatchPlan.Of(StreamRecordReader.ReadAll(Parse(), DateTimeOffset.UnixEpoch), TimeProvider.System.GetUtcNow()).Writes.Count;

    /// <summary>The serializer's part.</summary>
    [Benchmark(OperationsPerInvoke = Records, Description = "event JSON to event")]
    public int JsonToEvent() => Parse().GetProperty("Records").GetArrayLength();

    /// <summary>The adapter's part.</summary>
    [Benchmark(OperationsPerInvoke = Records, Description = "event to changes")]
    public int EventToChanges() => StreamRecordReader.ReadAll(batch, DateTimeOffset.UnixEpoch).Count;

    /// <summary>The core's part.</summary>
    [Benchmark(OperationsPerInvoke = Records, Description = "changes to writes")]
    public int ChangesToWrites() => BatchPlan.Of(changes, TimeProvider.System.GetUtcNow()).Writes.Count;

    private JsonElement Parse() => StreamProcessorFunction.Serializer.Deserialize<JsonElement>(new MemoryStream(json));

    private static string Json(Dictionary<string, AttributeValue> item) =>
        $$"""{{{string.Join(',', item.Select(attribute => $$"""{{JsonSerializer.Serialize(attribute.Key)}}:{"S":{{JsonSerializer.Serialize(attribute.Value.S)}}}"""))}}}""";
}
