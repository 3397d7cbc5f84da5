namespace NotifyQuery.Operations.Measuring;

/// <summary>The result of a load.</summary>
/// <param name="Concurrency">The number of concurrent requests.</param>
/// <param name="Requests">How many succeeded.</param>
/// <param name="Errors">How many failed.</param>
/// <param name="FirstError">The first error.</param>
/// <param name="Seconds">The duration.</param>
public sealed record LoadResult(int Concurrency, long Requests, long Errors, string? FirstError, double Seconds)
{
    /// <summary>Successful requests per second.</summary>
    public double PerSecond => Requests / Math.Max(Seconds, 0.001);
}

/// <summary>Repeats a request as often as possible, with a fixed concurrency.</summary>
public static class ConcurrentLoad
{
    /// <summary>Runs the load. Requests that are running at the end are awaited, and count.</summary>
    /// <param name="request">Makes one request; throws if it fails.</param>
    /// <param name="concurrency">The number of concurrent requests.</param>
    /// <param name="duration">For how long new requests are started.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<LoadResult> RunAsync(
        Func<CancellationToken, Task> request,
        int concurrency,
        TimeSpan duration,
        TimeProvider time,
        CancellationToken cancellationToken
    )
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
                    // Any exception: a load counts failures, and reports the first one.
                    Interlocked.Increment(ref errors);
                    Interlocked.CompareExchange(ref firstError, exception.Message, null);
                }
            }
        }
    }
}
