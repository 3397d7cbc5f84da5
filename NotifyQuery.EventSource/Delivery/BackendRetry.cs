using Amazon.Runtime;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Delivery;

/// <summary>
/// Retries operations that must succeed eventually (the lease, a checkpoint, a dead letter), no matter how long the backend is
/// unavailable.
/// </summary>
internal sealed class BackendRetry(Backoff backoff, TimeProvider time, EventSourceMetrics metrics, ILogger<BackendRetry> logger)
{
    /// <summary>Retries an action with increasing pauses until it succeeds. Only remote errors are retried.</summary>
    /// <param name="what">The action, for the log: "store a checkpoint".</param>
    /// <param name="action">The action.</param>
    /// <param name="cancellationToken">Stops the retries.</param>
    public async Task<T> UntilItSucceedsAsync<T>(string what, Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await action(cancellationToken);
            }
            catch (Exception exception) when (IsRemote(exception, cancellationToken))
            {
                metrics.Failed("backend");
                if (failures == 1)
                    logger.LogWarning("Could not {Action}, retrying until it succeeds: {Error}", what, exception.Message);
                await Task.Delay(backoff.After(failures), time, cancellationToken);
            }
        }
    }

    /// <summary>Whether an error came from the backend or the network, and not from our own code.</summary>
    public static bool IsRemote(Exception exception, CancellationToken cancellationToken) =>
        exception switch
        {
            OperationCanceledException => !cancellationToken.IsCancellationRequested, // the client timed out
            AmazonServiceException or AmazonClientException or HttpRequestException or IOException or TimeoutException => true,
            _ => false,
        };
}
