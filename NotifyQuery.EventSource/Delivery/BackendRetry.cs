using Amazon.Runtime;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Delivery;

/// <summary>Repeats what must succeed in the end (a checkpoint, a dead letter), however long the backend is away.</summary>
internal sealed class BackendRetry(Backoff backoff, TimeProvider time, EventSourceMetrics metrics, ILogger<BackendRetry> logger)
{
    /// <summary>Repeats an action, with growing pauses, until it succeeds. Only errors of the other end are repeated.</summary>
    /// <param name="what">What is done, for the log: "keep a checkpoint".</param>
    /// <param name="action">Does it.</param>
    /// <param name="cancellationToken">Gives up.</param>
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
                    logger.LogWarning("Could not {Action}: {Error}. It is tried until it " + "succeeds.", what, exception.Message);
                await Task.Delay(backoff.After(failures), time, cancellationToken);
            }
        }
    }

    /// <summary>Whether an error came from the other end or the way there, as opposed to from our own code.</summary>
    public static bool IsRemote(Exception exception, CancellationToken cancellationToken) =>
        exception switch
        {
            OperationCanceledException => !cancellationToken.IsCancellationRequested, // a client's own timeout
            AmazonServiceException or AmazonClientException or HttpRequestException or IOException or TimeoutException => true,
            _ => false,
        };
}
