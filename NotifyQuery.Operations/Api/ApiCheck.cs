using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using NotifyQuery.Core.Queries;
using NotifyQuery.Operations.Measuring;
using NotifyQuery.Operations.Reading;

namespace NotifyQuery.Operations.Api;

/// <summary>The options of the check.</summary>
public sealed record ApiCheckOptions
{
    /// <summary>The Handler's address; null to skip the Handler.</summary>
    public Uri? Handler { get; init; }

    /// <summary>The gateway's address; null to skip the gateway.</summary>
    public Uri? Gateway { get; init; }

    /// <summary>The bearer token of each request; null if access is not controlled.</summary>
    public string? Token { get; init; }

    /// <summary>How many requests are timed on each path.</summary>
    public int Requests { get; init; } = 200;
}

/// <summary>
/// Sends every query and every kind of error to the query API, directly to the Handler and through the gateway, and times the requests.
/// Only reads. The subjects are existing items; on an empty table the queries are for items that do not exist.
/// </summary>
public sealed partial class ApiCheck(HttpClient http, TimeProvider time)
{
    private const int Looks = 3; // attempts if the bodies differ: a write may have happened between the two requests
    private static readonly double[] Bounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

    /// <summary>Runs the check.</summary>
    /// <param name="options">The options.</param>
    /// <param name="progress">Receives each checked request.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <exception cref="ApiUnreachableException">The Handler or the gateway is unreachable.</exception>
    public async Task<ApiCheckResult> RunAsync(ApiCheckOptions options, IProgress<ApiCase>? progress, CancellationToken cancellationToken)
    {
        var sample = await FindSampleAsync(options, cancellationToken).ConfigureAwait(false);
        var cases = new List<ApiCase>();
        foreach (var (name, method, target, expected) in Requests(sample))
        {
            cases.Add(await AskBothAsync(options, name, method, target, expected, cancellationToken).ConfigureAwait(false));
            progress?.Report(cases[^1]);
        }

        var latencies = await TimeAsync(options, ReadQuestion.ByUser(sample.Subjects[QueryKind.User]).Target, cancellationToken)
            .ConfigureAwait(false);
        return new(cases.TrueForAll(c => c.Passed), cases, latencies);
    }

    private static IEnumerable<(string Name, string Method, string Target, int Expected)> Requests(Sample sample)
    {
        var (byUser, transaction) = (TargetOf(QueryKind.User), QueryDefinition.Of(QueryKind.Transaction));
        yield return ("health", "GET", "/health", 200);
        foreach (var definition in QueryDefinition.All.Where(definition => sample.Subjects.ContainsKey(definition.Kind)))
            yield return ($"by {definition.Name}", "GET", TargetOf(definition.Kind), 200);
        yield return ("by user, oldest first, two of them", "GET", $"{byUser}&order=asc&limit=2", 200);
        yield return ("by user, filtered", "GET", $"{byUser}&status=SENT&channel=email", 200);
        if (sample.Cursor is { } cursor)
            yield return ("by user, the next page", "GET", $"{byUser}&limit=1&cursor={cursor}", 200);
        yield return ("headers alone", "HEAD", byUser, 200);
        yield return ("unknown transaction", "GET", transaction.TargetOf($"api-check-{Guid.NewGuid():N}", sample.From, sample.To), 404);
        yield return ("missing parameter", "GET", "/query/user", 400);
        yield return ("unknown parameter", "GET", $"{byUser}&page=2", 400);
        yield return ("limit out of range", "GET", $"{byUser}&limit=1000", 400);
        yield return ("unknown status", "GET", $"/query/status?status=LOST&from={sample.From}&to={sample.To}", 400);
        yield return ("window too long", "GET", "/query/status?status=FAILED&from=2026-01-01&to=2026-12-31", 400);
        yield return ("invalid cursor", "GET", $"{byUser}&cursor=AAAA", 400);
        yield return ("wrong path", "GET", "/query/nothing", 404);
        yield return ("wrong method", "DELETE", byUser, 405);

        string TargetOf(QueryKind kind) => QueryDefinition.Of(kind).TargetOf(sample.Subjects[kind], sample.From, sample.To);
    }

    /// <summary>Existing subjects for the queries, and the cursor of a second page.</summary>
    private async Task<Sample> FindSampleAsync(ApiCheckOptions options, CancellationToken cancellationToken)
    {
        var way =
            options.Handler
            ?? options.Gateway
            ?? throw new ArgumentException("neither the Handler nor the gateway has an address", nameof(options));
        var found = await new ReadSampleFinder(http, time).FindAsync(way, options.Token, cancellationToken).ConfigureAwait(false);
        var now = time.GetUtcNow();
        var sample = new Sample(found.Subjects, null, Day(now.AddDays(-30)), Day(now.AddDays(1)));
        if (!sample.Subjects.ContainsKey(QueryKind.Transaction))
            return sample; // nothing was found
        var target = ReadQuestion.ByUser(sample.Subjects[QueryKind.User]).Target + "&limit=1";
        var first = await SendAsync(way, "GET", target, options.Token, cancellationToken).ConfigureAwait(false);
        using var page = JsonDocument.Parse(first.Body);
        return sample with { Cursor = page.RootElement.TryGetProperty("next_cursor", out var cursor) ? cursor.GetString() : null };

        static string Day(DateTimeOffset moment) => moment.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    private async Task<ApiCase> AskBothAsync(
        ApiCheckOptions options,
        string name,
        string method,
        string target,
        int expected,
        CancellationToken cancellationToken
    )
    {
        var request = $"{method} {target}";
        for (var look = 1; ; look++)
        {
            var direct = options.Handler is { } handler
                ? await SendAsync(handler, method, target, options.Token, cancellationToken).ConfigureAwait(false)
                : null;
            var through = options.Gateway is { } gateway
                ? await SendAsync(gateway, method, target, options.Token, cancellationToken).ConfigureAwait(false)
                : null;
            var problem = Judge(expected, direct, through);
            if (problem is null || look == Looks)
                return new(name, request, expected, direct?.Status, through?.Status, problem is null, problem);
        }
    }

    private static string? Judge(int expected, Answer? direct, Answer? through)
    {
        foreach (var (way, answer) in (ReadOnlySpan<(string, Answer?)>)[("the Handler", direct), ("the gateway", through)])
            if (answer is not null && answer.Status != expected)
                return $"{way} returned {answer.Status} instead of {expected}";
        if (direct is null || through is null)
            return null;
        if (direct.ContentType != through.ContentType)
            return $"content type: '{direct.ContentType}' directly, '{through.ContentType}' through the gateway";
        return TraceId().Replace(direct.Body, "") == TraceId().Replace(through.Body, "") ? null : "the bodies differ";
    }

    private async Task<List<Latency>> TimeAsync(ApiCheckOptions options, string target, CancellationToken cancellationToken)
    {
        var ways = new List<(string Name, Uri Address, List<double> Times)>();
        if (options.Handler is { } handler)
            ways.Add(("handler", handler, []));
        if (options.Gateway is { } gateway)
            ways.Add(("gateway", gateway, []));
        // In turn, so that other load on the machine affects both alike.
        for (var i = 0; i < options.Requests; i++)
        {
            foreach (var (_, address, times) in ways)
            {
                var started = time.GetTimestamp();
                await SendAsync(address, "GET", target, options.Token, cancellationToken).ConfigureAwait(false);
                times.Add(time.GetElapsedTime(started).TotalMilliseconds);
            }
        }

        return [.. ways.Where(way => way.Times.Count > 0).Select(way => Summarize(way.Name, way.Times))];
    }

    internal static Latency Summarize(string way, List<double> milliseconds)
    {
        var buckets = new List<LatencyBucket>();
        var before = 0;
        foreach (var bound in Bounds)
        {
            var upTo = milliseconds.Count(value => value <= bound);
            buckets.Add(new(bound, upTo - before));
            before = upTo;
        }

        buckets.Add(new(null, milliseconds.Count - before));
        return new(
            way,
            milliseconds.Count,
            Percentile.Of(milliseconds, 0.5),
            Percentile.Of(milliseconds, 0.9),
            Percentile.Of(milliseconds, 0.99),
            milliseconds.Max(),
            buckets
        );
    }

    private async Task<Answer> SendAsync(Uri address, string method, string target, string? token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(new(method), new Uri(address, target));
        request.Authorize(token);
        try
        {
            using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return new(
                (int)response.StatusCode,
                response.Content.Headers.ContentType?.ToString(),
                await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false)
            );
        }
        catch (HttpRequestException exception)
        {
            throw new ApiUnreachableException(address, exception);
        }
    }

    [GeneratedRegex("\"traceId\":\"[^\"]*\"")]
    private static partial Regex TraceId();

    private sealed record Sample(IReadOnlyDictionary<QueryKind, string> Subjects, string? Cursor, string From, string To);

    private sealed record Answer(int Status, string? ContentType, string Body);
}
