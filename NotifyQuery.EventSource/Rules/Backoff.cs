namespace NotifyQuery.EventSource.Rules;

/// <summary>How long to wait after the n-th failure in a row: doubled each time up to a limit, less up to half of it at random.</summary>
/// <param name="first">The wait after the first failure, before chance shortens it.</param>
/// <param name="limit">The longest wait.</param>
/// <param name="random">A number from 0 to 1.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan limit, Func<double> random)
{
    /// <summary>How long to wait.</summary>
    /// <param name="failures">How many failures there were in a row; at least 1.</param>
    public TimeSpan After(int failures)
    {
        // 2^20 times any sensible first delay is beyond any sensible limit, and the product cannot overflow.
        var full = Math.Min(limit.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Clamp(failures - 1, 0, 20)));
        return TimeSpan.FromMilliseconds(full * (1 - (random() / 2)));
    }
}
