using System.Collections.Concurrent;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

/// <summary>A function made of a lambda expression.</summary>
internal sealed class FunctionOf(Func<IReadOnlyList<ChangeRecord>, CancellationToken, Task<FunctionReply>> invoke) : IFunction
{
    public static readonly FunctionReply Success = new(FunctionReplyKind.Returned, "request");
    public static readonly FunctionReply Thrown = new(FunctionReplyKind.FunctionError, "request", Error: "InvalidOperationException");

    /// <summary>The batches that it was invoked with.</summary>
    public ConcurrentQueue<string[]> Batches { get; } = new();

    public FunctionOf(Func<IReadOnlyList<ChangeRecord>, FunctionReply> invoke)
        : this((records, _) => Task.FromResult(invoke(records))) { }

    public static FunctionReply Failed(params string[] sequenceNumbers)
    {
        var failures = sequenceNumbers.Select(number => $$"""{"itemIdentifier":"{{number}}"}""");
        return new(
            FunctionReplyKind.Returned,
            "request",
            System.Text.Encoding.UTF8.GetBytes($$"""{"batchItemFailures":[{{string.Join(',', failures)}}]}""")
        );
    }

    public async Task<FunctionReply> InvokeAsync(IReadOnlyCollection<ChangeRecord> records, CancellationToken cancellationToken)
    {
        Batches.Enqueue(Records.Numbers(records));
        await Task.Yield();
        return await invoke([.. records], cancellationToken);
    }
}
