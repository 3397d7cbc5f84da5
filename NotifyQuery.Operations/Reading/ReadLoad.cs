using NotifyQuery.Operations.Measuring;

namespace NotifyQuery.Operations.Reading;

/// <summary>The result of a steady load on the read side.</summary>
/// <param name="Way"><c>gateway</c> or <c>handler</c>.</param>
/// <param name="Rate">The requested rate in requests per second.</param>
/// <param name="Load">The figures.</param>
public sealed record ReadLoadResult(string Way, double Rate, SteadyLoadResult Load)
{
    /// <summary>Whether the rate was achieved and every request succeeded.</summary>
    public bool Passed => Load.Held && Load.Whole.Errors == 0;
}

/// <summary>Queries a running system at a fixed rate, all kinds of queries in turn. Only reads. The subjects are existing items.</summary>
public sealed class ReadLoad(HttpClient http, TimeProvider time)
{
    private const int MostIntervals = 360;
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(10);

    /// <summary>Runs the load.</summary>
    /// <param name="options">The target (the gateway, or the Handler if there is no gateway), the duration and the concurrency.</param>
    /// <param name="rate">Requests per second.</param>
    /// <param name="progress">Receives the figures every 10 seconds, less often for a long load.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="Api.ApiUnreachableException">The target is unreachable.</exception>
    public async Task<ReadLoadResult> RunAsync(
        ReadBenchmarkOptions options,
        double rate,
        IProgress<LoadPercentiles>? progress,
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
        var interval = TimeSpan.FromTicks(Math.Max(ShortestInterval.Ticks, options.Duration.Ticks / MostIntervals));
        var load = await SteadyLoad
            .RunAsync(
                (number, token) => questions[(int)(number % questions.Count)].DoAsync(token),
                new(rate, options.Duration, options.Concurrency, interval),
                progress,
                time,
                cancellationToken
            )
            .ConfigureAwait(false);
        return new(way, rate, load);
    }
}
