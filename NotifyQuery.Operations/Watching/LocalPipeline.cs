using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Amazon.Runtime;
using NotifyQuery.Core;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Operations.Watching;

/// <summary>
/// A local system. The event source and the Handler count since their start, and report the counts at <c>/status</c>. Rates are the
/// differences between two samples. The emulated gateway and the functions count nothing.
/// </summary>
/// <param name="find">
/// Returns the addresses of the parts. Called again when a part does not respond: a restarted system has other addresses.
/// </param>
/// <param name="http">The client.</param>
/// <param name="failures">The dead letters.</param>
/// <param name="time">The clock.</param>
public sealed class LocalPipeline(Func<SystemAddresses> find, HttpClient http, FailureLog failures, TimeProvider time) : IPipelineSource
{
    private const string Unreachable = "unreachable";

    // A hanging part must not stop the display.
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(2);

    // Dead letters are counted with a query of their table. The event source counts at the same interval.
    private static readonly TimeSpan CountAgainAfter = TimeSpan.FromSeconds(10);

    private SystemAddresses addresses = find();
    private Counted<EventSourceStatus>? lastEventSource;
    private Counted<HandlerStatus>? lastHandler;
    private (DateTimeOffset At, long Count)? lastDeadLetters;

    /// <inheritdoc />
    public string Name => addresses.Endpoint ?? "AWS";

    /// <inheritdoc />
    public async Task<PipelineFigures> ReadAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var (eventSource, handler, deadLetters) = (
            AskAsync("the event source", addresses.EventSource, WatchJson.Default.EventSourceStatus, cancellationToken),
            AskAsync("the Handler", addresses.Handler, WatchJson.Default.HandlerStatus, cancellationToken),
            CountDeadLettersAsync(cancellationToken)
        );
        await Task.WhenAll(eventSource, handler, deadLetters).ConfigureAwait(false);
        var (write, read) = (WriteSide(await eventSource.ConfigureAwait(false)), ReadSide(await handler.ConfigureAwait(false)));
        var (count, notCounted) = await deadLetters.ConfigureAwait(false);
        if (notCounted is not null)
            problems.Add(notCounted);
        var figures = new PipelineFigures(time.GetUtcNow(), write with { DeadLetters = count }, read, problems);
        if (problems.Count > 0)
            addresses = find();
        return figures;

        WriteSideFigures WriteSide(Answer<EventSourceStatus> answer)
        {
            if (answer.Problem is { } problem)
                problems.Add(problem);
            if (answer.Status is not { } now)
                return new() { State = answer.Problem is null ? null : Unreachable };
            if (now.LastError is { } error)
                problems.Add($"the event source's last delivery failed: {error}");
            var before = lastEventSource;
            lastEventSource = new(now, time.GetTimestamp());
            var done = Rate(status => status.RecordsDone);
            return new()
            {
                State = now.State,
                ReadPerSecond = Rate(status => status.RecordsRead),
                InvocationsPerSecond = Rate(status => status.Invocations),
                FailedInvocationsPerSecond = Rate(status => status.InvocationsFailed),
                DonePerSecond = done,
                Outstanding = now.Shards.Sum(shard => (long)shard.Outstanding),
                InFlight = now.Shards.Sum(shard => (long)shard.InvocationsInFlight),
                LagSeconds = done > 0 ? now.LagSeconds : null,
                IteratorAgeSeconds = now.IteratorAgeSeconds,
            };

            double? Rate(Func<EventSourceStatus, long?> count) => Watching.Rate.Of(before, lastEventSource, count, time);
        }

        ReadSideFigures ReadSide(Answer<HandlerStatus> answer)
        {
            if (answer.Problem is { } problem)
                problems.Add(problem);
            if (answer.Status is not { } now)
                return new();
            var before = lastHandler;
            lastHandler = new(now, time.GetTimestamp());
            return new()
            {
                Handler = Watching.Rate.Hop(before, lastHandler, status => status.Requests, time),
                QueryResult = Watching.Rate.Hop(before, lastHandler, status => status.Invocations, time),
            };
        }
    }

    private async Task<(long? Count, string? Problem)> CountDeadLettersAsync(CancellationToken cancellationToken)
    {
        if (lastDeadLetters is { } last && time.GetUtcNow() - last.At < CountAgainAfter)
            return (last.Count, null);
        using var late = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            var (count, _) = await failures.CountUnsettledAsync(either.Token).ConfigureAwait(false);
            lastDeadLetters = (time.GetUtcNow(), count);
            return (count, null);
        }
        catch (Exception exception)
            when (exception is AmazonServiceException or AmazonClientException or HttpRequestException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            lastDeadLetters = null;
            return (null, $"DynamoDB at {Name} does not respond: {Said(exception)}");
        }
    }

    private async Task<Answer<T>> AskAsync<T>(string what, string? address, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        if (address is null)
            return new(null, null);
        using var late = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            using var response = await http.GetAsync(new Uri(new(address), "/status"), either.Token).ConfigureAwait(false);
            if ((int)response.StatusCode == 404)
                return new(null, $"{what} at {address} reports no status: set Handler:Status to true there");
            var body = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
            return new(await JsonSerializer.DeserializeAsync(body, type, either.Token).ConfigureAwait(false), null);
        }
        catch (Exception exception)
            when (exception is HttpRequestException or JsonException or IOException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            return new(null, $"{what} at {address} does not respond: {Said(exception)}");
        }
    }

    private static string Said(Exception exception) =>
        exception is OperationCanceledException ? $"timed out after {TimeLimit.TotalSeconds} s" : exception.GetBaseException().Message;

    private sealed record Answer<T>(T? Status, string? Problem)
        where T : class;
}

/// <summary>The counts of a process at one moment.</summary>
/// <param name="Status">The counts, since its start.</param>
/// <param name="At">The moment, as a timestamp of the clock.</param>
internal sealed record Counted<T>(T Status, long At);

/// <summary>The difference between two samples of a process. A restarted process counts from 0: then the difference is unknown.</summary>
internal static class Rate
{
    public static double? Of<T>(Counted<T>? before, Counted<T> now, Func<T, long?> count, TimeProvider time)
    {
        if (before is null || count(before.Status) is not { } first || count(now.Status) is not { } second || second < first)
            return null;
        var elapsed = time.GetElapsedTime(before.At, now.At).TotalSeconds;
        return elapsed > 0 ? (second - first) / elapsed : null;
    }

    public static HopFigures Hop<T>(Counted<T>? before, Counted<T> now, Func<T, LatencyStatus> hop, TimeProvider time)
    {
        if (Of(before, now, status => hop(status).Count, time) is not { } rate)
            return HopFigures.Unknown;
        var (first, second) = (hop(before!.Status).Buckets, hop(now.Status).Buckets);
        var between = second
            .Select(bucket => KeyValuePair.Create(bucket.Key, bucket.Value - first.GetValueOrDefault(bucket.Key)))
            .Where(bucket => bucket.Value > 0)
            .ToDictionary();
        return new(
            rate,
            Of(before, now, status => hop(status).Failed, time),
            LatencyBuckets.Percentile(between, 0.5),
            LatencyBuckets.Percentile(between, 0.99)
        );
    }
}

/// <summary>The parts of the event source's <c>/status</c> that are shown. An earlier version may lack some counts.</summary>
internal sealed record EventSourceStatus(
    string State,
    long RecordsDone,
    long? RecordsRead,
    long? Invocations,
    long? InvocationsFailed,
    double? LagSeconds,
    double IteratorAgeSeconds,
    string? LastError,
    IReadOnlyList<ShardStatus> Shards
);

/// <summary>A shard in the event source's <c>/status</c>.</summary>
internal sealed record ShardStatus(int Outstanding, int InvocationsInFlight);

/// <summary>The Handler's <c>/status</c>.</summary>
internal sealed record HandlerStatus(LatencyStatus Requests, LatencyStatus Invocations);

/// <summary>The number of requests, and their distribution over time buckets (<see cref="LatencyBuckets"/>).</summary>
internal sealed record LatencyStatus(long Count, long Failed, IReadOnlyDictionary<int, long> Buckets);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EventSourceStatus))]
[JsonSerializable(typeof(HandlerStatus))]
internal sealed partial class WatchJson : JsonSerializerContext;
