namespace NotifyQuery.Core.Projection;

/// <summary>
/// The rule of the projection: what a change of a command record means for notification-records. A notification is visible exactly
/// when the current state of its command can be projected. Pure; every change clears the place it leaves, so that no history is needed.
/// </summary>
public static class Projector
{
    /// <summary>What one change means.</summary>
    /// <param name="change">The change.</param>
    /// <param name="now">The present time: no stream can have been created after it.</param>
    public static Projection Project(StreamChange change, DateTimeOffset now)
    {
        if (!SourceVersion.TryOf(change.StreamArn, change.SequenceNumber, now, out var version, out var problem))
            return new([], [problem]);

        var writes = new List<ProjectionWrite>(2);
        if (change.After?.Record is { } record)
            writes.Add(new ProjectionWrite.Put(record, version));
        if (change.Before is { } before && before != change.After?.Record?.Key)
            writes.Add(new ProjectionWrite.Tombstone(before, version, change.CommittedAt));
        return new(writes, change.After?.Problems ?? []);
    }
}

/// <summary>What one change means for notification-records.</summary>
/// <param name="Writes">The writes to make, at most one for each item.</param>
/// <param name="Problems">
/// Why the new state can never be projected, one sentence each; empty if it can. Then the change is a dead letter.
/// </param>
public sealed record Projection(IReadOnlyList<ProjectionWrite> Writes, IReadOnlyList<string> Problems);
