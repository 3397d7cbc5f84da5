namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// When to ask a shard again: at once while records flow, then after pauses that grow. They stay short as long as the next record may
/// come any moment, and never pass 100 ms. Chance shortens them, so that the readers of many shards do not march in step.
/// </summary>
/// <param name="random">A number from 0 to 1.</param>
internal sealed class PollRhythm(Func<double> random)
{
    private const double Growth = 1.25;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestAfterRecords = TimeSpan.FromMilliseconds(20); // what a record waits, at most, on a shard in use
    private static readonly TimeSpan AfterRecords = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100); // an idle system costs its machine little

    private TimeSpan next = Shortest;
    private TimeSpan silence = AfterRecords;

    /// <summary>How long to wait before the next read.</summary>
    /// <param name="recordsRead">How many records the last one gave.</param>
    public TimeSpan After(int recordsRead)
    {
        if (recordsRead > 0)
        {
            (next, silence) = (Shortest, TimeSpan.Zero);
            return TimeSpan.Zero;
        }

        var longest = silence < AfterRecords ? LongestAfterRecords : Longest;
        var pause = next < longest ? next : longest;
        next = pause * Growth;
        silence += pause;
        return pause * (1 - (random() / 4));
    }
}
