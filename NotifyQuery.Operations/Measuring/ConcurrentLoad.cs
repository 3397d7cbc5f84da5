namespace NotifyQuery.Operations.Measuring;

/// <summary>What a load came to.</summary>
/// <param name="Concurrency">How many were under way at once.</param>
/// <param name="Requests">How many succeeded.</param>
/// <param name="Errors">How many failed.</param>
/// <param name="FirstError">What went wrong first.</param>
/// <param name="Seconds">How long it lasted.</param>
public sealed record LoadResult(int Concurrency, long Requests, long Errors, string? FirstError, double Seconds)
{
    /// <summary>Successful requests per second.</summary>
    public double PerSecond => Requests / Math.Max(Seconds, 0.001);
}

/// <summary>Does something as often as it goes, so many at once.</summary>
public static class ConcurrentLoad
{
    /// <summary>Runs the load. What is under way when the time is over is waited for, and counts.</summary>
    /// <param name="request">Makes one request; throws if it fails.</param>
    /// <param name="concurrency">How many are under way at once.</param>
    /// <param name="duration">How long new ones are begun.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<LoadResult> RunAsync(
        Func<CancellationToken, Task> request, int concurrency, TimeSpan duration, TimeProvider time, CancellationToken cancellationToken)
    {
        var (requests, errors) = (0L, 0L);
        string? firstError = null;
        var started = time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(RequestAsync, cancellationToken))).ConfigureAwait(false);
        return new(concurrency, requests, errors, firstError, time.GetElapsedTime(started).TotalSeconds);

        async Task RequestAsync()
        {
            while (time.GetElapsedTime(started) < duration)
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    await request(cancellationToken).ConfigureAwait(false);
                    Interlocked.Increment(ref requests);
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    // Whatever it was: a load counts failures, and tells of the first.
                    Interlocked.Increment(ref errors);
                    Interlocked.CompareExchange(ref firstError, exception.Message, null);
                }
            }
        }
    }
}
