using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.Support;

/// <summary>projection-failures in memory. The same event is stored once.</summary>
internal sealed class InMemoryDeadLetters : IDeadLetters
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, DeadLetter> letters = [];

    public Task<WriteResult> PutAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
            letters.TryAdd(letter.EventId, letter);
        return Task.FromResult(new WriteResult(WriteOutcome.Applied));
    }

    public IReadOnlyList<DeadLetter> Letters
    {
        get
        {
            lock (gate)
                return [.. letters.Values];
        }
    }
}
