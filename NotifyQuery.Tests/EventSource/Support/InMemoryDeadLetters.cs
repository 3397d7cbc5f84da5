using System.Collections.Concurrent;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Dead letters in memory, of a table that may be away and around whose answer anything may happen.</summary>
internal sealed class InMemoryDeadLetters : IDeadLetters
{
    private int refusals;

    public ConcurrentDictionary<string, DeadLetter> Letters { get; } = new();

    /// <summary>A letter is about to be kept.</summary>
    public Func<CancellationToken, Task>? BeforePut { get; set; }

    /// <summary>A letter is kept, and the answer is on the way.</summary>
    public Func<CancellationToken, Task>? AfterPut { get; set; }

    /// <summary>How often the table is away before it takes a letter.</summary>
    public int Refusals
    {
        get => refusals;
        set => refusals = value;
    }

    public async Task<WriteResult> PutAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        if (Interlocked.Decrement(ref refusals) >= 0)
            return new(WriteOutcome.Unavailable, "throttled");
        if (BeforePut is { } before)
            await before(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        Letters[letter.EventId] = letter;
        if (AfterPut is { } after)
            await after(cancellationToken);
        return new(WriteOutcome.Applied);
    }
}
