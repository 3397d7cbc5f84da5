using System.Text.Json;
using Amazon.DynamoDBStreams;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.EventSource.Adapters;
using NotifyQuery.EventSource.Rules;
using NotifyQuery.Lambdas.StreamProcessor;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.OddItems;

/// <summary>
/// Whatever a table holds, the pipeline goes on: from the engine's answer, through the SDK, the event and the function, to what is shown.
/// Only the engine and the tables are in memory. For a long run see <see cref="OddRuns"/>.
/// </summary>
public sealed class OddItemsInMemoryTests : IDisposable
{
    private const string Arn = "arn:aws:dynamodb:us-east-1:000000000000:table/command-records/stream/2024-01-02T03:04:05.678";

    private readonly CannedTransport engine = new();
    private readonly AmazonDynamoDBClient tables;
    private readonly AmazonDynamoDBStreamsClient streams;

    public OddItemsInMemoryTests() => (tables, streams) = (engine.Tables(), engine.Streams());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_good_command_is_shown_every_bad_one_is_a_dead_letter_with_its_cause_and_nothing_waits()
    {
        var property = Prop.ForAll(
            OddBatch.Any(onlyReturned: true, largeInHundred: 1),
            async (OddBatch batch) => await DeliverAsync(batch)
        );

        Check.One(OddRuns.Config(OddRuns.Number("NOTIFYQUERY_ODD_BATCHES", 2000)), property);
    }

    [Fact]
    public void Reading_the_table_judges_a_command_as_the_function_judges_its_stream_record()
    {
        var property = Prop.ForAll(OddBatch.Any(onlyReturned: true, largeInHundred: 1), async (OddBatch batch) => await ScanAsync(batch));

        Check.One(OddRuns.Config(OddRuns.Number("NOTIFYQUERY_ODD_BATCHES", 2000)), property);
    }

    public void Dispose()
    {
        tables.Dispose();
        streams.Dispose();
    }

    private async Task DeliverAsync(OddBatch batch)
    {
        var stream = batch.Stream();
        var (store, letters) = (new InMemoryProjectionStore(), new InMemoryDeadLetters());
        var function = new StreamProcessorFunction(
            new BatchProjector(store, letters, TimeProvider.System, concurrency: 4),
            null,
            TimeProvider.System,
            NullLogger<StreamProcessorFunction>.Instance
        );
        engine.Json = $$"""{"Records":[{{string.Join(',', stream.Select(RecordJson))}}]}""";

        var page = await new DynamoDBChangeStream(tables, streams, letters).ReadAsync(Arn, "iterator", Token);
        using var payload = EventPayload.Of([.. page.Records]);
        var answer = await function.HandleAsync(
            StreamProcessorFunction.Serializer.Deserialize<JsonElement>(payload),
            new InvocationContext(TimeSpan.FromMinutes(1)),
            Token
        );

        Assert.Equal(stream.Select(change => SequenceNumber(change.Number)), page.Records.Select(record => record.SequenceNumber));
        Assert.Empty(answer.BatchItemFailures);
        Assert.Equal(batch.Fold().ToHashSet(), store.Visible.ToHashSet());
        var bad = stream.Where(change => change.Faults.Count > 0).ToList();
        Assert.Equal(
            bad.Select(change => $"event-{change.Number}").Order(StringComparer.Ordinal),
            letters.Letters.Select(letter => letter.EventId).Order(StringComparer.Ordinal)
        );
        foreach (var change in bad)
        {
            var letter = Assert.Single(letters.Letters, letter => letter.EventId == $"event-{change.Number}");
            Assert.All(change.Faults, fault => Assert.Contains(fault, letter.ErrorMessage, StringComparison.Ordinal));
            Assert.Contains($"\"n\":{{\"N\":\"{change.Number}\"}}", letter.Record, StringComparison.Ordinal);
            Assert.Equal(
                (change.Key.TransactionId.Text, change.Key.CreatedAt.Text),
                (Known(letter.TransactionId, change.Key.TransactionId), Known(letter.CreatedAt, change.Key.CreatedAt))
            );
        }
    }

    private async Task ScanAsync(OddBatch batch)
    {
        var current = batch.Current();
        engine.Json = $$"""{"Items":[{{string.Join(',', current.Select(change => change.After!.Json(change.Key, change.Number)))}}]}""";

        var items = (await tables.ScanAsync(new ScanRequest("command-records"), Token)).Items ?? [];

        Assert.Equal(current.Count, items.Count);
        foreach (var (change, item) in current.Zip(items))
        {
            var image = CommandImage.Read(CommandItem.Reader(item));
            Assert.Equal(change.Faults.Count == 0 ? change.After!.Record(change.Key) : null, image.Record);
            var problems = string.Join("; ", image.Problems);
            Assert.All(change.Faults, fault => Assert.Contains(fault, problems, StringComparison.Ordinal));
        }
    }

    /// <summary>A part of the key that is of no use to a notification may be named all the same.</summary>
    private static string? Known(string? named, OddValue part) => part.Bad ? part.Text : named;

    private static string RecordJson(OddBatch.Change change) =>
        $"{{\"eventID\":\"event-{change.Number}\","
        + $"\"eventName\":\"{(change.After is null ? "REMOVE" : change.Before is null ? "INSERT" : "MODIFY")}\","
        + $"\"awsRegion\":\"us-east-1\","
        + $"\"dynamodb\":{{{change.Json},\"ApproximateCreationDateTime\":1796000000,"
        + $"\"SequenceNumber\":\"{SequenceNumber(change.Number)}\"}}}}";

    private static string SequenceNumber(int number) => $"{number:D21}";
}
