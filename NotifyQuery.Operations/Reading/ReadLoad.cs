using NotifyQuery.Operations.Measuring;
using NotifyQuery.Operations.Watching;

namespace NotifyQuery.Operations.Reading;

/// <summary>How far the projection is behind at one moment of the load. A figure that is unknown at that moment is null.</summary>
/// <param name="At">The moment, in seconds since the start of the load.</param>
/// <param name="State">The state of the event source, e.g. <c>delivering</c>; <c>unreachable</c> if it does not respond.</param>
/// <param name="LagSeconds">
/// Seconds from the commit of a command until its change was processed, for the oldest record of the last batch; null if nothing was
/// processed since the previous sample.
/// </param>
/// <param name="IteratorAgeSeconds">The age in seconds of the oldest stream record that is read but not processed.</param>
public sealed record ProjectionSample(double At, string? State, double? LagSeconds, double? IteratorAgeSeconds);

/// <summary>The figures of an interval of the load.</summary>
/// <param name="Load">The requests.</param>
/// <param name="Projection">The projection at the end of the interval; null if it is not watched.</param>
public sealed record ReadLoadInterval(LoadPercentiles Load, ProjectionSample? Projection);

/// <summary>The result of a load on the read side.</summary>
/// <param name="Way"><c>gateway</c> or <c>handler</c>.</param>
/// <param name="Rate">The requested rate in requests per second; null if a number of requests ran at once.</param>
/// <param name="Concurrency">The maximum number of concurrent requests.</param>
/// <param name="Load">The figures.</param>
/// <param name="Projection">The projection at the end of each interval; empty if it is not watched.</param>
public sealed record ReadLoadResult(
    string Way,
    double? Rate,
    int Concurrency,
    SteadyLoadResult Load,
    IReadOnlyList<ProjectionSample> Projection
)
{
    /// <summary>Whether the rate was achieved and every request succeeded.</summary>
    public bool Passed => Load.Held && Load.Whole.Errors == 0;
}

/// <summary>Queries a running system for some time, all kinds of queries in turn. Only reads. The subjects are existing items.</summary>
/// <param name="http">The client.</param>
/// <param name="pipeline">Shows how far the projection is behind; null if it is not watched.</param>
/// <param name="time">The clock.</param>
public sealed class ReadLoad(HttpClient http, IPipelineSource? pipeline, TimeProvider time)
{
    private const int MostIntervals = 360;
    private const int FewestIntervals = 10;
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Runs the load.</summary>
    /// <param name="options">The target (the gateway, or the Handler if there is no gateway), the duration and the concurrency.</param>
    /// <param name="rate">Requests per second; null to start a request whenever another one has ended.</param>
    /// <param name="progress">
    /// Receives the figures every 10 seconds: more often for a load of less than 100 seconds, less often for one of more than an hour.
    /// </param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="Api.ApiUnreachableException">The target is unreachable.</exception>
    public async Task<ReadLoadResult> RunAsync(
        ReadBenchmarkOptions options,
        double? rate,
        IProgress<ReadLoadInterval>? progress,
        CancellationToken cancellationToken
    )
    {
        var (way, address) =
            options.Gateway is { } gateway ? (ReadWays.Gateway, gateway)
            : options.Handler is { } handler ? (ReadWays.Handler, handler)
            : throw new ArgumentException("neither the Handler nor the gateway has an address", nameof(options));
        var sample = await new ReadSampleFinder(http, time).FindAsync(address, options.Token, cancellationToken).ConfigureAwait(false);
        var questions = ReadQuestion
            .All(sample)
            .Select(question => ReadWays.OverHttp(way, http, address, question, options.Token))
            .ToList();
        var projection = new List<ProjectionSample>();
        if (pipeline is not null)
            await pipeline.ReadAsync(cancellationToken).ConfigureAwait(false); // a lag is of what was processed since the previous sample
        var load = await SteadyLoad
            .RunAsync(
                (number, token) => questions[(int)(number % questions.Count)].DoAsync(token),
                new(rate, options.Duration, options.Concurrency, IntervalOf(options.Duration)),
                TellAsync,
                time,
                cancellationToken
            )
            .ConfigureAwait(false);
        return new(way, rate, options.Concurrency, load, projection);

        async Task TellAsync(LoadPercentiles interval)
        {
            ProjectionSample? now = null;
            if (pipeline is not null)
            {
                var write = (await pipeline.ReadAsync(cancellationToken).ConfigureAwait(false)).Write;
                now = new(interval.At, write.State, write.LagSeconds, write.IteratorAgeSeconds);
                projection.Add(now);
            }

            progress?.Report(new(interval, now));
        }
    }

    internal static TimeSpan IntervalOf(TimeSpan duration) =>
        duration > Interval * MostIntervals
            ? duration / MostIntervals
            : TimeSpan.FromTicks(Math.Clamp(duration.Ticks / FewestIntervals, ShortestInterval.Ticks, Interval.Ticks));
}
