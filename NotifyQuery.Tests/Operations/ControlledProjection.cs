using System.Collections.Concurrent;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Control;
using NotifyQuery.Tests.EventSource;

namespace NotifyQuery.Tests.Operations;

/// <summary>An event source on DynamoDB Local, and the control of operators over it.</summary>
internal static class ControlledProjection
{
    public static readonly TimeSpan Within = TimeSpan.FromSeconds(30);

    public static EventSourceControl ControlOf(Engine engine) => new(engine.Client, engine.Streams, new TableNames(), TimeProvider.System);

    /// <summary>Starts an event source that notes the sequence number of each record that it delivers.</summary>
    public static Task<RunningEventSource> StartAsync(Engine engine, ConcurrentQueue<string> delivered) =>
        engine.StartAsync(
            new FunctionOf(batch =>
            {
                foreach (var record in batch)
                    delivered.Enqueue(record.SequenceNumber);
                return FunctionOf.Success;
            }),
            ("MaximumRecordAgeInSeconds", "21600"),
            ("LeaseSeconds", "1")
        );
}
