namespace NotifyQuery.Operations.Api;

/// <summary>One request of the check, sent to the Handler and through the gateway.</summary>
/// <param name="Name">A description of the request.</param>
/// <param name="Request">The method and the path.</param>
/// <param name="Expected">The status that both must return.</param>
/// <param name="Handler">The Handler's status; null if the Handler is not checked.</param>
/// <param name="Gateway">The gateway's status; null if the gateway is not checked.</param>
/// <param name="Passed">Whether both statuses are as expected, and content type and body are equal.</param>
/// <param name="Detail">What is wrong; null if nothing is.</param>
public sealed record ApiCase(string Name, string Request, int Expected, int? Handler, int? Gateway, bool Passed, string? Detail);

/// <summary>How long responses took on one path, in milliseconds.</summary>
/// <param name="Way"><c>handler</c> or <c>gateway</c>.</param>
/// <param name="Requests">How many requests, one after another.</param>
/// <param name="P50">The number of requests, sent one after another.</param>
/// <param name="P90">The 90th percentile.</param>
/// <param name="P99">The 99th percentile.</param>
/// <param name="Max">The maximum.</param>
/// <param name="Histogram">For each bucket, how many requests took at most its bound and more than the previous bound.</param>
public sealed record Latency(
    string Way,
    int Requests,
    double P50,
    double P90,
    double P99,
    double Max,
    IReadOnlyList<LatencyBucket> Histogram
);

/// <summary>A bucket of the histogram.</summary>
/// <param name="AtMost">The upper bound in milliseconds; null for the last bucket.</param>
/// <param name="Requests">The number of requests.</param>
public sealed record LatencyBucket(double? AtMost, int Requests);

/// <summary>The result of an API check.</summary>
/// <param name="Passed">Whether all requests passed.</param>
/// <param name="Cases">The requests.</param>
/// <param name="Latencies">How long responses took, for each path.</param>
public sealed record ApiCheckResult(bool Passed, IReadOnlyList<ApiCase> Cases, IReadOnlyList<Latency> Latencies)
{
    /// <summary>The result in one sentence.</summary>
    public string Summary() =>
        Passed
            ? $"All {Cases.Count} requests were answered as expected."
            : $"{Cases.Count(c => !c.Passed)} of {Cases.Count} requests were not answered as expected.";
}
