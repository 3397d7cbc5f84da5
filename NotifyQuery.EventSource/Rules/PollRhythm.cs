namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// The pause before a shard is read again. It is 1/500 of the time since the last records, so that a record waits for its read no longer
/// than a small part of the time that the shard was quiet, and at least 2 ms: more reads would take processor time from the projection
/// of what the last one returned. It is never longer than 100 ms. Random jitter keeps the readers of many shards from reading in step.
/// </summary>
/// <param name="random">Returns a random number from 0 to 1.</param>
internal sealed class PollRhythm(Func<double> random)
{
    private const double ShareOfSilence = 1 / 500d;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    private TimeSpan silence = Longest / ShareOfSilence;

    /// <summary>The pause before the next read.</summary>
    /// <param name="recordsRead">The number of records of the last read.</param>
    public TimeSpan After(int recordsRead)
    {
        if (recordsRead > 0)
            silence = TimeSpan.Zero;
        var pause = TimeSpan.FromTicks(Math.Clamp((silence * ShareOfSilence).Ticks, Shortest.Ticks, Longest.Ticks));
        silence += pause;
        return pause * (1 - (random() / 4));
    }
}
