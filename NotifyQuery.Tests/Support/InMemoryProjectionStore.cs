using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.Support;

/// <summary>A query table in memory that keeps the contract of <see cref="IProjectionStore"/>: absent or older, else stale.</summary>
internal sealed class InMemoryProjectionStore : IProjectionStore
{
    private readonly Lock gate = new();
    private readonly Dictionary<NotificationKey, ProjectionWrite> items = [];

    public Task<WriteResult> WriteAsync(ProjectionWrite write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            if (items.TryGetValue(write.Key, out var present) && present.Version >= write.Version) return Task.FromResult(new WriteResult(WriteOutcome.Stale));
            items[write.Key] = write;
            return Task.FromResult(new WriteResult(WriteOutcome.Applied));
        }
    }

    /// <summary>What a reader sees.</summary>
    public IReadOnlyList<CommandRecord> Visible
    {
        get
        {
            lock (gate) return [.. items.Values.OfType<ProjectionWrite.Put>().Select(put => put.Record)];
        }
    }

    public ProjectionWrite? Find(NotificationKey key)
    {
        lock (gate) return items.GetValueOrDefault(key);
    }
}

/// <summary>projection-failures in memory: the same event is kept once.</summary>
internal sealed class InMemoryDeadLetters : IDeadLetters
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, DeadLetter> letters = [];

    public Task<WriteResult> PutAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate) letters.TryAdd(letter.EventId, letter);
        return Task.FromResult(new WriteResult(WriteOutcome.Applied));
    }

    public IReadOnlyList<DeadLetter> Letters
    {
        get
        {
            lock (gate) return [.. letters.Values];
        }
    }
}
