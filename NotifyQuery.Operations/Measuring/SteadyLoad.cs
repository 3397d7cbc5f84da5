namespace NotifyQuery.Operations.Measuring;

/// <summary>The options of a load that is kept up for some time.</summary>
/// <param name="Rate">
/// Requests per second; null for as many as the concurrency allows: each request then starts when another one has ended.
/// </param>
/// <param name="Duration">For how long new requests are started.</param>
/// <param name="Concurrency">The maximum number of concurrent requests: a hanging server gets no more than these.</param>
/// <param name="Interval">How often the figures are reported.</param>
public sealed record SteadyLoadOptions(double? Rate, TimeSpan Duration, int Concurrency, TimeSpan Interval);

/// <summary>
/// The figures of a part of the load, or of the whole load. Times are in milliseconds, from the scheduled time of a request, or without a
/// rate from its start.
/// </summary>
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
/// <param name="Due">How many requests the rate requires; without a rate, as many as were started.</param>
/// <param name="Begun">How many requests were started. Fewer than required if the maximum concurrency was reached.</param>
/// <param name="FirstError">The first error; null if there was none.</param>
/// <param name="Whole">The whole load.</param>
/// <param name="FirstQuarter">The requests that were due in the first quarter of the duration.</param>
/// <param name="LastQuarter">The requests that were due in the last quarter: slower ones mean that the system does not keep up.</param>
/// <param name="Intervals">The figures of each interval.</param>
public sealed record SteadyLoadResult(
    long Due,
    long Begun,
    string? FirstError,
    LoadPercentiles Whole,
    LoadPercentiles FirstQuarter,
    LoadPercentiles LastQuarter,
    IReadOnlyList<LoadPercentiles> Intervals
)
{
    /// <summary>Whether the rate was achieved: at least 99 % of the required requests were started in time.</summary>
    public bool Held => Begun >= 0.99 * Due;
}

/// <summary>
/// Sends requests for some time. At a fixed rate, each request has a scheduled time, whatever the response times, and its duration is
/// counted from there. So a stall of the server shows in all requests that had to wait, not only in the running ones. Without a rate, a
/// fixed number of requests runs at once.
/// </summary>
public static class SteadyLoad
{
    private const int Quarters = 4;

    // Without a rate, a server that refuses every connection would get thousands of requests per second.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs the load. Requests that are running at the end are awaited, and count.</summary>
    /// <param name="request">Sends the request with the given number; throws if it fails.</param>
    /// <param name="options">The rate, the duration and the concurrency.</param>
    /// <param name="tell">Receives the figures of each interval. The load goes on meanwhile.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<SteadyLoadResult> RunAsync(
        Func<long, CancellationToken, Task> request,
        SteadyLoadOptions options,
        Func<LoadPercentiles, Task>? tell,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var due = options.Rate is { } perSecond ? (long)Math.Ceiling(perSecond * options.Duration.TotalSeconds) : long.MaxValue;
        var (next, begun, errors) = (0L, 0L, 0L);
        string? firstError = null;
        var whole = new LatencyHistogram();
        var current = new LatencyHistogram();
        var quarters = Enumerable.Range(0, Quarters).Select(_ => new LatencyHistogram()).ToArray();
        var quarterErrors = new long[Quarters];
        var intervals = new List<LoadPercentiles>();
        var started = time.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var workers = (int)Math.Min(options.Concurrency, Math.Max(1, due));
        var load = Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(WorkAsync, stop.Token)));
        var told = (At: 0.0, Errors: 0L);
        try
        {
            while (await Task.WhenAny(load, Task.Delay(options.Interval, time, stop.Token)).ConfigureAwait(false) != load)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await TellAsync().ConfigureAwait(false);
            }

            await load.ConfigureAwait(false);
        }
        catch
        {
            // No request outlives the load, also if the figures could not be reported.
            await stop.CancelAsync().ConfigureAwait(false);
            await load.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await stop.CancelAsync().ConfigureAwait(false); // ends a delay that nobody awaits
        await TellAsync().ConfigureAwait(false);
        return new(
            options.Rate is null ? begun : due,
            begun,
            firstError,
            Summarize(whole, Elapsed().TotalSeconds, Elapsed().TotalSeconds, errors),
            Quarter(0),
            Quarter(Quarters - 1),
            intervals
        );

        TimeSpan Elapsed() => time.GetElapsedTime(started);

        LoadPercentiles Quarter(int number)
        {
            var seconds = options.Duration.TotalSeconds / Quarters;
            return Summarize(quarters[number], (number + 1) * seconds, seconds, quarterErrors[number]);
        }

        async Task WorkAsync()
        {
            while (Interlocked.Increment(ref next) - 1 is var number && number < due)
            {
                var moment = options.Rate is { } rate ? TimeSpan.FromSeconds(number / rate) : Elapsed();
                if (moment - Elapsed() is var early && early > TimeSpan.Zero)
                    await Task.Delay(early, time, stop.Token).ConfigureAwait(false);
                if (Elapsed() >= options.Duration)
                    return;
                stop.Token.ThrowIfCancellationRequested();
                Interlocked.Increment(ref begun);
                var quarter = Math.Min(Quarters - 1, (int)(moment / options.Duration * Quarters));
                try
                {
                    await request(number, stop.Token).ConfigureAwait(false);
                    var took = Elapsed() - moment;
                    whole.Add(took);
                    quarters[quarter].Add(took);
                    Volatile.Read(ref current).Add(took);
                }
                catch (Exception exception) when (!stop.IsCancellationRequested)
                {
                    // Any exception: a load counts failures, and reports the first one.
                    Interlocked.Increment(ref errors);
                    Interlocked.Increment(ref quarterErrors[quarter]);
                    Interlocked.CompareExchange(ref firstError, exception.Message, null);
                    if (options.Rate is null)
                        await Task.Delay(PauseAfterFailure, time, stop.Token).ConfigureAwait(false);
                }
            }
        }

        async Task TellAsync()
        {
            var (at, failed) = (Elapsed().TotalSeconds, Interlocked.Read(ref errors));
            var last = Interlocked.Exchange(ref current, new());
            if (last.Count == 0 && failed == told.Errors)
                return;
            var interval = Summarize(last, at, at - told.At, failed - told.Errors);
            told = (at, failed);
            intervals.Add(interval);
            if (tell is not null)
                await tell(interval).ConfigureAwait(false);
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
