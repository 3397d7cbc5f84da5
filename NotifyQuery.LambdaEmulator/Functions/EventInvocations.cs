using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.LambdaEmulator.Functions;

/// <summary>
/// The asynchronous invocations. As on AWS, an invocation is accepted first, then run, and retried when the function fails.
/// </summary>
internal sealed class EventInvocations(LambdaServiceOptions options, ILogger logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Task> underWay = new();
    private readonly CancellationTokenSource stopping = new();

    /// <summary>Accepts the invocation unless too many are running.</summary>
    public bool TryAccept(Function function, Invocation invocation)
    {
        if (underWay.Count >= options.MaxQueued || stopping.IsCancellationRequested)
            return false;

        // The slot is taken first, because an invocation that ends at once releases it immediately.
        underWay[invocation.RequestId] = Task.CompletedTask;
        underWay.TryUpdate(invocation.RequestId, RunAsync(function, invocation, stopping.Token), Task.CompletedTask);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(underWay.Values);
    }

    private async Task RunAsync(Function function, Invocation first, CancellationToken cancellationToken)
    {
        try
        {
            var invocation = first;
            for (var attempt = 0; ; attempt++)
            {
                var problem = await function.InvokeAsync(invocation, cancellationToken) switch
                {
                    Outcome.FunctionError error => ErrorType(error),
                    Outcome.Refusal refusal => $"{refusal.Type}: {refusal.Message}",
                    _ => null,
                };
                if (problem is null)
                    return;
                if (attempt == options.RetryDelays.Count)
                {
                    logger.LogError(
                        "Event {RequestId} for {Function} failed finally after {Attempts} attempts: {Problem}",
                        first.RequestId,
                        function.Name,
                        attempt + 1,
                        problem
                    );
                    return;
                }

                logger.LogWarning(
                    "Event {RequestId} for {Function} failed, next attempt in {Delay}: {Problem}",
                    first.RequestId,
                    function.Name,
                    options.RetryDelays[attempt],
                    problem
                );
                await Task.Delay(options.RetryDelays[attempt], options.Time, cancellationToken);
                invocation = new Invocation(first.RequestId, first.Payload, first.TraceId, first.ClientContext);
            }
        }
        catch (OperationCanceledException)
        {
            logger.LogWarning(
                "Event {RequestId} for {Function} is lost: the emulator stopped before it was done.",
                first.RequestId,
                function.Name
            );
        }
        finally
        {
            underWay.TryRemove(first.RequestId, out _);
        }
    }

    // Only the type, because a message may contain input of the function.
    private static string ErrorType(Outcome.FunctionError error)
    {
        try
        {
            using var document = JsonDocument.Parse(error.Document);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("errorType", out var type)
                ? type.ToString()
                : "function error";
        }
        catch (JsonException)
        {
            return "function error";
        }
    }
}
