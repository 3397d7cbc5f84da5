namespace NotifyQuery.Operations.Control;

/// <summary>What whoever offers the requests says before they are made.</summary>
public static class ControlText
{
    /// <summary>What is wrong with the position of a reset, or with naming no shard beside it; null if nothing is.</summary>
    /// <param name="to">The position.</param>
    /// <param name="shardId">The shard; null for all.</param>
    public static string? Problem(string to, string? shardId) => ResetPositions.Problem(to, shardId);

    /// <summary>What a reset does, as the end of a sentence.</summary>
    /// <param name="to">The position.</param>
    public static string Effect(string to) => to == ResetPositions.Latest
        ? "leaves out all changes that wait in the stream: notification-records will not show them ('reconcile' finds them)"
        : "delivers changes again that were delivered before, which takes time and changes nothing that is shown";
}
