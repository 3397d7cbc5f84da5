namespace NotifyQuery.Operations.Api;

/// <summary>One request of the check, sent in both ways.</summary>
/// <param name="Name">A description of the request.</param>
/// <param name="Request">Method and path.</param>
/// <param name="Expected">The status that both must answer.</param>
/// <param name="Handler">The Handler's status; null if the Handler is not checked.</param>
/// <param name="Gateway">The gateway's status; null if the gateway is not checked.</param>
/// <param name="Passed">Whether both statuses are as expected, and content type and body are the same.</param>
/// <param name="Detail">What is wrong; null when nothing is.</param>
public sealed record ApiCase(string Name, string Request, int Expected, int? Handler, int? Gateway, bool Passed, string? Detail);

/// <summary>How long the answers of one way took, in milliseconds.</summary>
/// <param name="Way"><c>handler</c> or <c>gateway</c>.</param>
/// <param name="Requests">How many requests, one after another.</param>
/// <param name="P50">The median.</param>
/// <param name="P90">Nine of ten took at most this.</param>
/// <param name="P99">Ninety-nine of a hundred took at most this.</param>
/// <param name="Max">The longest.</param>
/// <param name="Histogram">How many took at most each bound, and more than the bound before.</param>
public sealed record Latency(
    string Way,
    int Requests,
    double P50,
    double P90,
    double P99,
    double Max,
    IReadOnlyList<LatencyBucket> Histogram
);

/// <summary>A bar of the histogram.</summary>
/// <param name="AtMost">The upper bound in milliseconds; null for the last bar.</param>
/// <param name="Requests">How many requests.</param>
public sealed record LatencyBucket(double? AtMost, int Requests);

/// <summary>What an API check found.</summary>
/// <param name="Passed">Whether all requests passed.</param>
/// <param name="Cases">The requests.</param>
/// <param name="Latencies">How long answers took, for each way.</param>
public sealed record ApiCheckResult(bool Passed, IReadOnlyList<ApiCase> Cases, IReadOnlyList<Latency> Latencies)
{
    /// <summary>The result in a sentence.</summary>
    public string Summary() =>
        Passed
            ? $"All {Cases.Count} requests were answered as expected."
            : $"{Cases.Count(c => !c.Passed)} of {Cases.Count} requests were not answered as expected.";
}
