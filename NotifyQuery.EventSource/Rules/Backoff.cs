namespace NotifyQuery.EventSource.Rules;

/// <summary>
/// The delay after the n-th failure in a row. The delay doubles with each failure, up to a limit. A random part of up to half of the delay
/// is then subtracted.
/// </summary>
/// <param name="first">The delay after the first failure, before the random part is subtracted.</param>
/// <param name="limit">The maximum delay.</param>
/// <param name="random">Returns a random number from 0 to 1.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan limit, Func<double> random)
{
    /// <summary>The delay.</summary>
    /// <param name="failures">The number of failures in a row; at least 1.</param>
    public TimeSpan After(int failures)
    {
        // 2^20 times any reasonable first delay exceeds any reasonable limit, and the product cannot overflow.
        var full = Math.Min(limit.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Clamp(failures - 1, 0, 20)));
        return TimeSpan.FromMilliseconds(full * (1 - (random() / 2)));
    }
}
