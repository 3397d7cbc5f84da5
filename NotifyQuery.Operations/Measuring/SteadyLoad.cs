namespace NotifyQuery.Operations.Measuring;

/// <summary>The options of a load with a fixed rate.</summary>
/// <param name="Rate">Requests per second.</param>
/// <param name="Duration">How long new requests are started.</param>
/// <param name="Concurrency">How many run at once, at most: a server that hangs gets no more than these.</param>
/// <param name="Interval">How often the figures are reported.</param>
public sealed record SteadyLoadOptions(double Rate, TimeSpan Duration, int Concurrency, TimeSpan Interval);

/// <summary>
/// The figures of an interval, or of the whole load. Times are in milliseconds, counted from the time at which a request was due.
/// </summary>
/// <param name="At">Seconds since the beginning, at the end of the interval.</param>
/// <param name="PerSecond">Answers per second.</param>
/// <param name="Errors">How many requests failed.</param>
/// <param name="P50">The median of those that succeeded; null if none did, like the others.</param>
/// <param name="P90">Ninety of a hundred took at most this.</param>
/// <param name="P99">Ninety-nine of a hundred.</param>
/// <param name="P999">Nine hundred and ninety-nine of a thousand.</param>
/// <param name="Max">The longest.</param>
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
/// <param name="Due">How many requests the rate asks for.</param>
/// <param name="Begun">How many were started: fewer if the maximum concurrency was reached.</param>
/// <param name="FirstError">The first error; null if there was none.</param>
/// <param name="Whole">The whole load.</param>
/// <param name="Intervals">One for each reported interval.</param>
public sealed record SteadyLoadResult(
    long Due,
    long Begun,
    string? FirstError,
    LoadPercentiles Whole,
    IReadOnlyList<LoadPercentiles> Intervals
)
{
    /// <summary>Whether the rate was held: at least 99 of 100 requests that were due were started in time.</summary>
    public bool Held => Begun >= 0.99 * Due;
}

/// <summary>
/// Makes requests at a fixed rate, however long the answers take. Each request has a scheduled time, and its duration counts from there.
/// So a
/// stall of the server shows in the times of all requests that had to wait for it, not only of the running ones.
/// </summary>
public static class SteadyLoad
{
    /// <summary>Runs the load. Requests that are running when the time is over are awaited, and count.</summary>
    /// <param name="request">Makes the request with this number; throws if it fails.</param>
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
        await stop.CancelAsync().ConfigureAwait(false); // the delay that nobody awaits any more
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
                    // Any exception: a load counts failures, and reports the first.
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
