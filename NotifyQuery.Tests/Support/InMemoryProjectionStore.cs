using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.Support;

/// <summary>
/// A query table in memory with the contract of <see cref="IProjectionStore"/>: a write is applied if the item is absent or older, and
/// stale otherwise. A subclass can break the rules, to prove that the tests find it.
/// </summary>
internal class InMemoryProjectionStore : IProjectionStore
{
    private readonly Lock gate = new();
    private readonly Dictionary<NotificationKey, ProjectionWrite> items = [];

    public Task<WriteResult> WriteAsync(ProjectionWrite write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            if (!Accepts(items.GetValueOrDefault(write.Key), write))
                return Task.FromResult(new WriteResult(WriteOutcome.Stale));
            if (Keeps(write))
                items[write.Key] = write;
            else
                items.Remove(write.Key);
            return Task.FromResult(new WriteResult(WriteOutcome.Applied));
        }
    }

    /// <summary>The condition of every write.</summary>
    protected virtual bool Accepts(ProjectionWrite? present, ProjectionWrite write) => present is null || present.Version < write.Version;

    /// <summary>Whether a write is stored. If not, the item is removed.</summary>
    protected virtual bool Keeps(ProjectionWrite write) => true;

    /// <summary>The visible records.</summary>
    public IReadOnlyList<CommandRecord> Visible
    {
        get
        {
            lock (gate)
                return [.. items.Values.OfType<ProjectionWrite.Put>().Select(put => put.Record)];
        }
    }

    public ProjectionWrite? Find(NotificationKey key)
    {
        lock (gate)
            return items.GetValueOrDefault(key);
    }
}
