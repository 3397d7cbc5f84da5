using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using NotifyQuery.Benchmarks.Running;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Lambdas.StreamProcessor;

namespace NotifyQuery.Benchmarks.Micro;

/// <summary>From a batch of stream records, as Lambda passes it, to the writes of the projection. The figures are for one record.</summary>
public class StreamEvents
{
    private const int Records = 100;

    private byte[] json = [];
    private JsonElement batch;
    private IReadOnlyList<StreamChange> changes = [];

    /// <summary>Creates the event.</summary>
    [GlobalSetup]
    public void Setup()
    {
        json = Encoding.UTF8.GetBytes(StreamEventJson.Of(SampleRecords.Take(Records).Select(record => ((CommandRecord?)record, record))));
        batch = Parse();
        changes = StreamRecordReader.ReadAll(batch, DateTimeOffset.UnixEpoch);
    }

    /// <summary>The complete path.</summary>
    [Benchmark(OperationsPerInvoke = Records, Description = "event JSON to writes")]
    public int JsonToWrites() =>
        BatchPlan.Of(StreamRecordReader.ReadAll(Parse(), DateTimeOffset.UnixEpoch), TimeProvider.System.GetUtcNow()).Writes.Count;

    /// <summary>The part of the serializer.</summary>
    [Benchmark(OperationsPerInvoke = Records, Description = "event JSON to event")]
    public int JsonToEvent() => Parse().GetProperty("Records").GetArrayLength();

    /// <summary>The part of the adapter.</summary>
    [Benchmark(OperationsPerInvoke = Records, Description = "event to changes")]
    public int EventToChanges() => StreamRecordReader.ReadAll(batch, DateTimeOffset.UnixEpoch).Count;

    /// <summary>The part of the core.</summary>
    [Benchmark(OperationsPerInvoke = Records, Description = "changes to writes")]
    public int ChangesToWrites() => BatchPlan.Of(changes, TimeProvider.System.GetUtcNow()).Writes.Count;

    private JsonElement Parse() => StreamProcessorFunction.Serializer.Deserialize<JsonElement>(new MemoryStream(json));
}
