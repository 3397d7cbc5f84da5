using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.Support;

/// <summary>
/// A query table in memory that keeps the contract of <see cref="IProjectionStore"/>: absent or older, else stale. Its rules can be
/// broken, to see whether that is found out.
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

    /// <summary>Whether the write leaves an item, and not only a gap.</summary>
    protected virtual bool Keeps(ProjectionWrite write) => true;

    /// <summary>What a reader sees.</summary>
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
