using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>
/// One write to notification-records. The write is applied only if the item is absent or older (condition on <c>source_version</c>).
/// </summary>
/// <param name="Key">The item.</param>
/// <param name="Version">The new version of the item.</param>
public abstract record ProjectionWrite(NotificationKey Key, SourceVersion Version)
{
    /// <summary>Puts the notification.</summary>
    /// <param name="Record">The command record to project.</param>
    /// <param name="Version">The new version of the item.</param>
    public sealed record Put(CommandRecord Record, SourceVersion Version) : ProjectionWrite(Record.Key, Version);

    /// <summary>
    /// Marks the notification as removed, so that a replay of an older change cannot restore it. Readers ignore tombstones. A tombstone
    /// expires after <see cref="Lifetime"/>.
    /// </summary>
    /// <param name="Key">The item.</param>
    /// <param name="Version">The new version of the item.</param>
    /// <param name="DeletedAt">When the notification was removed.</param>
    public sealed record Tombstone(NotificationKey Key, SourceVersion Version, DateTimeOffset DeletedAt) : ProjectionWrite(Key, Version)
    {
        /// <summary>One hour longer than the retention of a stream: after that, no older change can arrive.</summary>
        public static readonly TimeSpan Lifetime = TimeSpan.FromHours(25);
    }
}
