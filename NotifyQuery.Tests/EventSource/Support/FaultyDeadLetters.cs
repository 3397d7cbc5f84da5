using System.Collections.Concurrent;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// Dead letters in memory. The table can be unavailable for a while, and a test can do anything before and after a letter is stored.
/// </summary>
internal sealed class FaultyDeadLetters : IDeadLetters
{
    private int refusals;

    public ConcurrentDictionary<string, DeadLetter> Letters { get; } = new();

    /// <summary>A letter is about to be stored.</summary>
    public Func<CancellationToken, Task>? BeforePut { get; set; }

    /// <summary>A letter is stored, and the answer is not sent yet.</summary>
    public Func<CancellationToken, Task>? AfterPut { get; set; }

    /// <summary>How many times the table is unavailable before it stores a letter.</summary>
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
