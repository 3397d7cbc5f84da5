using NotifyQuery.Operations.Measuring;

namespace NotifyQuery.Operations.Reading;

/// <summary>What a steady load on the read side came to.</summary>
/// <param name="Way"><c>gateway</c> or <c>handler</c>.</param>
/// <param name="Rate">Requests per second that were meant.</param>
/// <param name="Load">What became of them.</param>
public sealed record ReadLoadResult(string Way, double Rate, SteadyLoadResult Load)
{
    /// <summary>Whether the rate was held and every request was answered.</summary>
    public bool Passed => Load.Held && Load.Whole.Errors == 0;
}

/// <summary>
/// Asks a system that runs, all queries in turn, at a fixed rate. It only reads. What it asks for it takes from what is there.
/// </summary>
public sealed class ReadLoad(HttpClient http, TimeProvider time)
{
    private const int MostIntervals = 360;
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(10);

    /// <summary>Runs the load.</summary>
    /// <param name="options">Whom to ask: the gateway, or the Handler where no gateway is named; how long, and how many at once.</param>
    /// <param name="rate">Requests per second.</param>
    /// <param name="progress">Told how it goes, every 10 seconds, of a long load less often.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="Api.ApiUnreachableException">It cannot be reached.</exception>
    public async Task<ReadLoadResult> RunAsync(
        ReadBenchmarkOptions options, double rate, IProgress<LoadPercentiles>? progress, CancellationToken cancellationToken)
    {
        var (way, address) = options.Gateway is { } gateway ? (ReadWays.Gateway, gateway)
            : options.Handler is { } handler ? (ReadWays.Handler, handler)
            : throw new ArgumentException("neither the Handler nor the gateway is to be asked", nameof(options));
        var sample = await new ReadSampleFinder(http, time).FindAsync(address, options.Token, cancellationToken).ConfigureAwait(false);
        var questions = ReadQuestion.All(sample).Select(question => ReadWays.OverHttp(way, http, address, question, options.Token)).ToList();
        var interval = TimeSpan.FromTicks(Math.Max(ShortestInterval.Ticks, options.Duration.Ticks / MostIntervals));
        var load = await SteadyLoad.RunAsync(
            (number, token) => questions[(int)(number % questions.Count)].DoAsync(token),
            new(rate, options.Duration, options.Concurrency, interval), progress, time, cancellationToken).ConfigureAwait(false);
        return new(way, rate, load);
    }
}
