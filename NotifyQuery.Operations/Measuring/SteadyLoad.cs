namespace NotifyQuery.Operations.Measuring;

/// <summary>The options of a load at a fixed rate.</summary>
/// <param name="Rate">Requests per second.</param>
/// <param name="Duration">For how long new requests are started.</param>
/// <param name="Concurrency">The maximum number of concurrent requests: a hanging server gets no more than these.</param>
/// <param name="Interval">How often the figures are reported.</param>
public sealed record SteadyLoadOptions(double Rate, TimeSpan Duration, int Concurrency, TimeSpan Interval);

/// <summary>The figures of an interval, or of the whole load. Times are in milliseconds, from the scheduled time of a request.</summary>
/// <param name="At">The end of the interval, in seconds since the start.</param>
/// <param name="PerSecond">Responses per second.</param>
/// <param name="Errors">The number of failed requests.</param>
/// <param name="P50">The median of the successful requests. This and all following times are null if no request succeeded.</param>
/// <param name="P90">The 90th percentile.</param>
/// <param name="P99">The 99th percentile.</param>
/// <param name="P999">The 99.9th percentile.</param>
/// <param name="Max">The maximum.</param>
public sealed record LoadPercentiles(
    double At,
    double PerSecond,
    long Errors,
    double? P50,
    double? P90,
    double? P99,
    double? P999,
    double? Max
);

/// <summary>The result of a steady load.</summary>
/// <param name="Due">How many requests the rate requires.</param>
/// <param name="Begun">How many requests were started. Fewer than required if the maximum concurrency was reached.</param>
/// <param name="FirstError">The first error; null if there was none.</param>
/// <param name="Whole">The whole load.</param>
/// <param name="Intervals">The figures of each interval.</param>
public sealed record SteadyLoadResult(
    long Due,
    long Begun,
    string? FirstError,
    LoadPercentiles Whole,
    IReadOnlyList<LoadPercentiles> Intervals
)
{
    /// <summary>Whether the rate was achieved: at least 99 % of the required requests were started in time.</summary>
    public bool Held => Begun >= 0.99 * Due;
}

/// <summary>
/// Sends requests at a fixed rate, whatever the response times. Each request has a scheduled time, from which its duration is counted. So a
/// stall of the server shows in all requests that had to wait, not only in the running ones.
/// </summary>
public static class SteadyLoad
{
    /// <summary>Runs the load. Requests that are running at the end are awaited, and count.</summary>
    /// <param name="request">Sends the request with the given number; throws if it fails.</param>
    /// <param name="options">The rate, the duration and the concurrency.</param>
    /// <param name="progress">Receives the figures of each interval.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<SteadyLoadResult> RunAsync(
        Func<long, CancellationToken, Task> request,
        SteadyLoadOptions options,
        IProgress<LoadPercentiles>? progress,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var due = (long)Math.Ceiling(options.Rate * options.Duration.TotalSeconds);
        var (next, begun, errors) = (0L, 0L, 0L);
        string? firstError = null;
        var whole = new LatencyHistogram();
        var current = new LatencyHistogram();
        var intervals = new List<LoadPercentiles>();
        var started = time.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var workers = (int)Math.Min(options.Concurrency, Math.Max(1, due));
        var load = Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(WorkAsync, stop.Token)));
        var told = (At: 0.0, Errors: 0L);
        while (await Task.WhenAny(load, Task.Delay(options.Interval, time, stop.Token)).ConfigureAwait(false) != load)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Tell();
        }

        await load.ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false); // ends a delay that nobody awaits
        Tell();
        return new(due, begun, firstError, Summarize(whole, Elapsed().TotalSeconds, Elapsed().TotalSeconds, errors), intervals);

        TimeSpan Elapsed() => time.GetElapsedTime(started);

        async Task WorkAsync()
        {
            while (Interlocked.Increment(ref next) - 1 is var number && number < due)
            {
                var moment = TimeSpan.FromSeconds(number / options.Rate);
                if (moment - Elapsed() is var early && early > TimeSpan.Zero)
                    await Task.Delay(early, time, stop.Token).ConfigureAwait(false);
                if (Elapsed() >= options.Duration)
                    return;
                Interlocked.Increment(ref begun);
                try
                {
                    await request(number, cancellationToken).ConfigureAwait(false);
                    var took = Elapsed() - moment;
                    whole.Add(took);
                    Volatile.Read(ref current).Add(took);
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    // Any exception: a load counts failures, and reports the first one.
                    Interlocked.Increment(ref errors);
                    Interlocked.CompareExchange(ref firstError, exception.Message, null);
                }
            }
        }

        void Tell()
        {
            var (at, failed) = (Elapsed().TotalSeconds, Interlocked.Read(ref errors));
            var last = Interlocked.Exchange(ref current, new());
            if (last.Count == 0 && failed == told.Errors)
                return;
            var interval = Summarize(last, at, at - told.At, failed - told.Errors);
            told = (at, failed);
            intervals.Add(interval);
            progress?.Report(interval);
        }
    }

    private static LoadPercentiles Summarize(LatencyHistogram times, double at, double seconds, long errors) =>
        new(
            Math.Round(at, 3),
            Math.Round(times.Count / Math.Max(seconds, 0.001), 1),
            errors,
            times.Percentile(0.5),
            times.Percentile(0.9),
            times.Percentile(0.99),
            times.Percentile(0.999),
            times.Percentile(1)
        );
}
