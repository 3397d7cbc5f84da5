using Amazon.DynamoDBv2;
using Amazon.Runtime;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Measuring;

namespace NotifyQuery.Operations.Reading;

/// <summary>The options of the benchmark.</summary>
public sealed record ReadBenchmarkOptions
{
    /// <summary>Enough to keep every process of the read side busy.</summary>
    public const int DefaultConcurrency = 32;

    /// <summary>Enough for a stable throughput of a warm system.</summary>
    public static readonly TimeSpan DefaultDuration = TimeSpan.FromSeconds(3);

    /// <summary>The Handler's address; null to skip the Handler.</summary>
    public Uri? Handler { get; init; }

    /// <summary>The gateway's address; null to skip the gateway.</summary>
    public Uri? Gateway { get; init; }

    /// <summary>The bearer token of each request; null if access is not controlled.</summary>
    public string? Token { get; init; }

    /// <summary>How often each query is timed on each target.</summary>
    public int Requests { get; init; } = 200;

    /// <summary>The maximum number of concurrent requests.</summary>
    public int Concurrency { get; init; } = DefaultConcurrency;

    /// <summary>How long each load lasts.</summary>
    public TimeSpan Duration { get; init; } = DefaultDuration;
}

/// <summary>How long a query takes on one target, in milliseconds.</summary>
/// <param name="Query">The kind of query.</param>
/// <param name="Way"><c>gateway</c>, <c>handler</c> or <c>direct</c>.</param>
/// <param name="Requests">The number of requests, sent one after another.</param>
/// <param name="P50">The median.</param>
/// <param name="P99">The 99th percentile.</param>
/// <param name="TimesDirect">The median divided by the median of the direct Query; null if there is no direct Query.</param>
public sealed record ReadLatency(string Query, string Way, int Requests, double P50, double P99, double? TimesDirect);

/// <summary>The throughput of a target.</summary>
/// <param name="Way"><c>gateway</c> or <c>handler</c>.</param>
/// <param name="Concurrency">The number of concurrent requests.</param>
/// <param name="PerSecond">Responses per second.</param>
/// <param name="Errors">How many requests failed.</param>
/// <param name="FirstError">The first error; null if there was none.</param>
public sealed record ReadThroughput(string Way, int Concurrency, double PerSecond, long Errors, string? FirstError);

/// <summary>The result of the benchmark.</summary>
/// <param name="Latencies">The latency for each query and target.</param>
/// <param name="Throughputs">The throughput of each target, with one and with many concurrent requests.</param>
/// <param name="WithoutDirect">Why there is no direct Query for comparison; null if there is one.</param>
public sealed record ReadBenchmarkResult(
    IReadOnlyList<ReadLatency> Latencies,
    IReadOnlyList<ReadThroughput> Throughputs,
    string? WithoutDirect
)
{
    /// <summary>Whether every request succeeded.</summary>
    public bool Passed => Throughputs.All(load => load.Errors == 0);
}

/// <summary>
/// Measures the read side of a running system. Times each query through the gateway, at the Handler, and as Queries of the SDK, in turn.
/// Then measures the throughput of each target. Only reads. The subjects are existing items.
/// </summary>
public sealed class ReadBenchmark(HttpClient http, IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    private const int WarmUp = 20;

    /// <summary>Runs the benchmark.</summary>
    /// <param name="options">The options.</param>
    /// <param name="progress">Receives a description of the next measurement.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <exception cref="Api.ApiUnreachableException">A target is unreachable, or refuses a query.</exception>
    public async Task<ReadBenchmarkResult> RunAsync(
        ReadBenchmarkOptions options,
        IProgress<string>? progress,
        CancellationToken cancellationToken
    )
    {
        var ways = new List<(string Name, Uri Address)>();
        if (options.Gateway is { } gateway)
            ways.Add((ReadWays.Gateway, gateway));
        if (options.Handler is { } handler)
            ways.Add((ReadWays.Handler, handler));
        if (ways.Count == 0)
            throw new ArgumentException("neither the Handler nor the gateway has an address", nameof(options));

        var sample = await new ReadSampleFinder(http, time)
            .FindAsync(ways[^1].Address, options.Token, cancellationToken)
            .ConfigureAwait(false);
        var questions = ReadQuestion.All(sample);
        var withoutDirect = await WhyNoDirectQueryAsync(questions[0], cancellationToken).ConfigureAwait(false);
        var latencies = new List<ReadLatency>();
        foreach (var question in questions)
        {
            progress?.Report($"latency, by {question.Name}");
            var timed = ways.Select(way => ReadWays.OverHttp(way.Name, http, way.Address, question, options.Token)).ToList();
            if (withoutDirect is null)
                timed.Add(ReadWays.OfTable(client, tables, question));
            var times = await InterleavedTiming
                .RunAsync(timed, WarmUp, rounds: 1, options.Requests, time, cancellationToken)
                .ConfigureAwait(false);
            var direct = withoutDirect is null ? times[^1].OfAll(0.5) : (double?)null;
            latencies.AddRange(
                times.Select(way => new ReadLatency(
                    question.Name,
                    way.Name,
                    options.Requests,
                    way.OfAll(0.5),
                    way.OfAll(0.99),
                    way.OfAll(0.5) / direct
                ))
            );
        }

        var throughputs = new List<ReadThroughput>();
        foreach (var (name, address) in ways)
        {
            foreach (var concurrency in (int[])[1, options.Concurrency])
            {
                progress?.Report($"throughput, {name}, {concurrency} at once");
                var load = await ConcurrentLoad
                    .RunAsync(
                        ReadWays.OverHttp(name, http, address, questions[0], options.Token).DoAsync,
                        concurrency,
                        options.Duration,
                        time,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                throughputs.Add(new(name, concurrency, load.PerSecond, load.Errors, load.FirstError));
            }
        }

        return new(latencies, throughputs, withoutDirect);
    }

    /// <summary>A caller with access to the API may have no access to its tables.</summary>
    private async Task<string?> WhyNoDirectQueryAsync(ReadQuestion question, CancellationToken cancellationToken)
    {
        try
        {
            await ReadWays.OfTable(client, tables, question).DoAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
            when (exception is AmazonServiceException or AmazonClientException or HttpRequestException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            return $"{tables.NotificationRecords} cannot be read from here: {exception.GetBaseException().Message}";
        }
    }
}
