namespace NotifyQuery.Operations.Measuring;

/// <summary>An operation to time.</summary>
/// <param name="Name">The name in reports.</param>
/// <param name="DoAsync">Runs the operation once.</param>
public sealed record TimedWay(string Name, Func<CancellationToken, Task> DoAsync);

/// <summary>The times of one operation, in milliseconds.</summary>
/// <param name="Name">The operation's name.</param>
/// <param name="Rounds">The times of each round.</param>
public sealed record WayTimes(string Name, IReadOnlyList<double[]> Rounds)
{
    /// <summary>The percentile of each round.</summary>
    public IReadOnlyList<double> OfRounds(double share) => [.. Rounds.Select(round => Percentile.Of(round, share))];

    /// <summary>The percentile of all rounds together.</summary>
    public double OfAll(double share) => Percentile.Of(Rounds.SelectMany(round => round), share);
}

/// <summary>
/// Times several operations in turn. Other load on the machine affects all of them alike, so the ratio is reliable even where the times are
/// not.
/// </summary>
public static class InterleavedTiming
{
    /// <summary>Runs a warm-up, then the measurement.</summary>
    /// <param name="ways">The operations.</param>
    /// <param name="warmUp">How often each operation runs before the measurement.</param>
    /// <param name="rounds">The number of rounds.</param>
    /// <param name="perRound">How often each operation runs in a round.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops between two operations.</param>
    public static async Task<IReadOnlyList<WayTimes>> RunAsync(
        IReadOnlyList<TimedWay> ways,
        int warmUp,
        int rounds,
        int perRound,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        for (var i = 0; i < warmUp; i++)
            foreach (var way in ways)
                await way.DoAsync(cancellationToken).ConfigureAwait(false);

        var times = ways.Select(_ => Enumerable.Range(0, rounds).Select(_ => new double[perRound]).ToArray()).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < perRound; i++)
            {
                for (var way = 0; way < ways.Count; way++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var started = time.GetTimestamp();
                    await ways[way].DoAsync(cancellationToken).ConfigureAwait(false);
                    times[way][round][i] = time.GetElapsedTime(started).TotalMilliseconds;
                }
            }
        }

        return [.. ways.Select((way, i) => new WayTimes(way.Name, times[i]))];
    }
}
