namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// When to ask a shard again: at once while records flow; on a quiet shard after a delay that grows from 10 ms to 100 ms and never
/// passes that. Chance shortens it, so that the readers of many shards do not march in step.
/// </summary>
internal sealed class PollRhythm(Func<double> random)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    private TimeSpan _next = Shortest;

    public TimeSpan After(int recordsRead)
    {
        if (recordsRead > 0)
        {
            _next = Shortest;
            return TimeSpan.Zero;
        }

        var delay = _next * (1 - (random() / 4));
        _next = _next * 1.5 < Longest ? _next * 1.5 : Longest;
        return delay;
    }
}
