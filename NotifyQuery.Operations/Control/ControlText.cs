namespace NotifyQuery.Operations.Control;

/// <summary>Texts that are shown before a request is made.</summary>
public static class ControlText
{
    /// <summary>
    /// What is wrong with the position of a reset, or with a position that needs a shard and has none; null if nothing is.
    /// </summary>
    /// <param name="to">The position.</param>
    /// <param name="shardId">The shard; null for all.</param>
    public static string? Problem(string to, string? shardId) => ResetPositions.Problem(to, shardId);

    /// <summary>The effect of a reset, worded as the end of a sentence.</summary>
    /// <param name="to">The position.</param>
    public static string Effect(string to) =>
        to == ResetPositions.Latest
            ? "skips all changes that wait in the stream: notification-records will not show them ('reconcile' finds them)"
            : "delivers changes again that were delivered before; this takes time and does not change what is shown";
}
