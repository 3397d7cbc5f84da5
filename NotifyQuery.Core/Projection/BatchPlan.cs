using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>
/// A coalesced batch: one write for each item of notification-records, the newest, regardless of the order of the changes. Pure.
/// </summary>
/// <param name="Writes">One write for each item that the batch touches.</param>
/// <param name="Poison">The changes whose new state can never be projected.</param>
public sealed record BatchPlan(IReadOnlyList<PlannedWrite> Writes, IReadOnlyList<PoisonChange> Poison)
{
    /// <summary>Plans a batch.</summary>
    /// <param name="changes">The changes in the order of their stream records.</param>
    /// <param name="now">The current time.</param>
    public static BatchPlan Of(IReadOnlyList<StreamChange> changes, DateTimeOffset now)
    {
        var writes = new Dictionary<NotificationKey, (ProjectionWrite Newest, List<int> Changes)>();
        var poison = new List<PoisonChange>();
        for (var i = 0; i < changes.Count; i++)
        {
            var projection = Projector.Project(changes[i], now);
            if (projection.Problems.Count > 0)
                poison.Add(new(i, projection.Problems));
            foreach (var write in projection.Writes)
            {
                if (!writes.TryGetValue(write.Key, out var known))
                {
                    writes.Add(write.Key, (write, [i]));
                    continue;
                }

                // The change of the newest write is last: if DynamoDB refuses the write, the dead letter is for that change.
                if (write.Version >= known.Newest.Version)
                {
                    known.Changes.Add(i);
                    writes[write.Key] = (write, known.Changes);
                }
                else
                {
                    known.Changes.Insert(0, i);
                }
            }
        }

        return new([.. writes.Values.Select(w => new PlannedWrite(w.Newest, w.Changes))], poison);
    }
}

/// <summary>A write, and the changes that it covers.</summary>
/// <param name="Write">The newest write to its item.</param>
/// <param name="Changes">Positions in the batch. The change that produced the write is last.</param>
public sealed record PlannedWrite(ProjectionWrite Write, IReadOnlyList<int> Changes);

/// <summary>A change whose new state can never be projected.</summary>
/// <param name="Change">Position in the batch.</param>
/// <param name="Problems">What is wrong, one sentence each.</param>
public sealed record PoisonChange(int Change, IReadOnlyList<string> Problems);
