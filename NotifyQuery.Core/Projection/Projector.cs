namespace NotifyQuery.Core.Projection;

/// <summary>
/// The projection rule: which writes to notification-records a change of a command record requires. A notification is visible exactly when
/// the current state of its command can be projected. Pure: no history is needed, because each change that removes or replaces the old key
/// also writes a tombstone for that key.
/// </summary>
public static class Projector
{
    /// <summary>Projects one change.</summary>
    /// <param name="change">The change.</param>
    /// <param name="now">
    /// The current time. A change is refused if its stream claims to be created after this time plus
    /// <see cref="SourceVersion.ClockTolerance"/>.
    /// </param>
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

/// <summary>The result of projecting one change to notification-records.</summary>
/// <param name="Writes">The writes, at most one for each item.</param>
/// <param name="Problems">
/// Why the new state can never be projected, one sentence each; empty if it can. A change with problems is stored as a dead letter.
/// </param>
public sealed record Projection(IReadOnlyList<ProjectionWrite> Writes, IReadOnlyList<string> Problems);
