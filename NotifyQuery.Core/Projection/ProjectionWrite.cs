using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>
/// One write to notification-records, to be made only if the item there is absent or older (condition on <c>source_version</c>).
/// </summary>
/// <param name="Key">The item.</param>
/// <param name="Version">The version that the item gets.</param>
public abstract record ProjectionWrite(NotificationKey Key, SourceVersion Version)
{
    /// <summary>Puts the notification.</summary>
    /// <param name="Record">What is projected.</param>
    /// <param name="Version">The version that the item gets.</param>
    public sealed record Put(CommandRecord Record, SourceVersion Version) : ProjectionWrite(Record.Key, Version);

    /// <summary>
    /// Leaves a mark that the notification is gone, so that a replay of an older change cannot bring it back. Readers never see it;
    /// it goes by itself after <see cref="Lifetime"/>.
    /// </summary>
    /// <param name="Key">The item.</param>
    /// <param name="Version">The version that the item gets.</param>
    /// <param name="DeletedAt">When it was removed.</param>
    public sealed record Tombstone(NotificationKey Key, SourceVersion Version, DateTimeOffset DeletedAt) : ProjectionWrite(Key, Version)
    {
        /// <summary>An hour more than a stream keeps its records: after that no older change can arrive.</summary>
        public static readonly TimeSpan Lifetime = TimeSpan.FromHours(25);
    }
}
