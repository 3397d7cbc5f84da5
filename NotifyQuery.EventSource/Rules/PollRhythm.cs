namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// When to poll a shard again: at once while records arrive, then after increasing pauses. The pauses stay short while the shard is in use,
/// and are never longer than 100 ms. Random jitter keeps the readers of many shards from polling in step.
/// </summary>
/// <param name="random">Returns a random number from 0 to 1.</param>
internal sealed class PollRhythm(Func<double> random)
{
    private const double Growth = 1.25;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestAfterRecords = TimeSpan.FromMilliseconds(20); // the maximum wait of a record on a shard in use
    private static readonly TimeSpan AfterRecords = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100); // keeps the load of an idle system low

    private TimeSpan next = Shortest;
    private TimeSpan silence = AfterRecords;

    /// <summary>The delay before the next read.</summary>
    /// <param name="recordsRead">The number of records of the last read.</param>
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
