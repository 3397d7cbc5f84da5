using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using Amazon.Runtime;
using NotifyQuery.Core;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.Handler.Queries;
using OpenTelemetry;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace NotifyQuery.Handler.QueryResult;

/// <summary>The driven adapter: invokes the QueryResult function. An error of the function is never returned as data.</summary>
/// <remarks>
/// A failed invocation is retried when the function was not reached, was throttled or crashed: at most twice, within the time limit of the
/// read. Retries are safe, because every invocation only reads. An invocation that timed out is not retried, because it has used the
/// caller's time. A failure that the function itself reports is not retried, because the function has already retried. The circuit breaker
/// does not count such a failure: one throttled partition must not open the circuit for everybody.
/// </remarks>
internal sealed partial class LambdaNotificationReader : INotificationReader
{
    private readonly IAmazonLambda lambda;
    private readonly QueryResultSettings settings;
    private readonly ResiliencePipeline pipeline;

    public LambdaNotificationReader(
        IAmazonLambda lambda,
        QueryResultSettings settings,
        TimeProvider time,
        ILogger<LambdaNotificationReader> logger
    )
    {
        this.lambda = lambda;
        this.settings = settings;
        pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddTimeout(settings.Timeout)
            .AddRetry(
                new()
                {
                    ShouldHandle = new PredicateBuilder().Handle<NotificationReadException>(MayPass),
                    MaxRetryAttempts = MaximumRetries,
                    BackoffType = DelayBackoffType.Exponential,
                    Delay = TimeSpan.FromMilliseconds(100),
                    UseJitter = true,
                }
            )
            .AddCircuitBreaker(
                new()
                {
                    ShouldHandle = new PredicateBuilder()
                        .Handle<NotificationReadException>(exception => exception.Failure is not ReadFailure.InvalidAnswer)
                        .Handle<TimeoutRejectedException>(),
                    FailureRatio = 0.5,
                    MinimumThroughput = settings.BreakAfter,
                    SamplingDuration = TimeSpan.FromSeconds(10),
                    BreakDuration = settings.BreakDuration,
                    OnOpened = opened =>
                    {
                        LogOpened(logger, settings.FunctionName, opened.BreakDuration);
                        return default;
                    },
                }
            )
            .AddTimeout(settings.AttemptTimeout)
            .Build();
    }

    /// <summary>The maximum number of retries of a failed invocation.</summary>
    public const int MaximumRetries = 2;

    public async Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken)
    {
        try
        {
            var payload = await pipeline.ExecuteAsync(async token => await InvokeAsync(query, token), cancellationToken);
            return PageOf(payload, query);
        }
        catch (TimeoutRejectedException exception)
        {
            throw new NotificationReadException(
                ReadFailure.Timeout,
                $"{settings.FunctionName} did not respond within {exception.Timeout.TotalSeconds} s",
                exception
            );
        }
        catch (BrokenCircuitException exception)
        {
            throw new NotificationReadException(
                ReadFailure.Unavailable,
                $"{settings.FunctionName} failed too often: the circuit is open",
                exception
            )
            {
                RetryAfter = exception.RetryAfter,
            };
        }
    }

    private async Task<Stream> InvokeAsync(NotificationQuery query, CancellationToken cancellationToken)
    {
        // One span for each attempt, created here. The payload must name the parent of the function's span before the SDK starts its own
        // span. Otherwise the SDK's span would be a sibling of the function's span instead of its parent.
        using var invoke = Telemetry.Source.StartActivity(
            ActivityKind.Client,
            name: $"invoke {settings.FunctionName}",
            tags: [new("faas.invoked_name", settings.FunctionName), new("faas.invoked_provider", "aws")]
        );
        var started = Stopwatch.GetTimestamp();
        var answered = false;
        try
        {
            using var suppressed = SuppressInstrumentationScope.Begin();
            var payload = await CallAsync(query, cancellationToken);
            answered = true;
            return payload;
        }
        catch (NotificationReadException exception)
        {
            invoke
                ?.AddException(exception)
                .SetTag("error.type", exception.Failure.ToString())
                .SetStatus(ActivityStatusCode.Error, exception.Message);
            throw;
        }
        catch (OperationCanceledException)
        {
            invoke?.SetTag("error.type", "cancelled").SetStatus(ActivityStatusCode.Error, "cancelled before the response arrived");
            throw;
        }
        finally
        {
            QueryMetrics.MeasureInvocation(Stopwatch.GetElapsedTime(started), answered);
        }
    }

    private async Task<Stream> CallAsync(NotificationQuery query, CancellationToken cancellationToken)
    {
        try
        {
            using var payload = new MemoryStream(
                JsonSerializer.SerializeToUtf8Bytes(
                    new QueryResultRequest(query, Activity.Current?.Id, Activity.Current?.TraceStateString),
                    QueryResultJson.Default.QueryResultRequest
                )
            );
            var answer = await lambda.InvokeAsync(
                new InvokeRequest { FunctionName = settings.FunctionName, PayloadStream = payload },
                cancellationToken
            );
            return answer.FunctionError is null ? answer.Payload : throw FunctionFailed(answer.Payload);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            // the client's own timeout
            throw new NotificationReadException(ReadFailure.Timeout, $"{settings.FunctionName} did not respond in time", exception);
        }
        catch (AmazonServiceException exception)
            when (exception.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.GatewayTimeout)
        {
            throw new NotificationReadException(ReadFailure.Timeout, $"{settings.FunctionName} did not respond in time", exception);
        }
        catch (AmazonServiceException exception) when (exception.StatusCode is HttpStatusCode.OK)
        {
            throw new NotificationReadException(
                ReadFailure.InvalidAnswer,
                $"{settings.FunctionName} returned a response that is not a Lambda response",
                exception
            );
        }
        catch (Exception exception)
            when (exception is AmazonServiceException or AmazonClientException or HttpRequestException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new NotificationReadException(
                ReadFailure.Unavailable,
                $"{settings.FunctionName} could not be invoked: {exception.Message}",
                exception
            );
        }
    }

    /// <summary>Whether a retry may succeed. Permanent Lambda errors (no such function, no permission) are not retried.</summary>
    private static bool MayPass(NotificationReadException exception) =>
        exception.Failure is ReadFailure.Unavailable
        && exception.InnerException
            is not AmazonServiceException { StatusCode: >= HttpStatusCode.BadRequest and < HttpStatusCode.TooManyRequests };

    private NotificationPage PageOf(Stream payload, NotificationQuery query)
    {
        QueryResultResponse? response;
        try
        {
            response = JsonSerializer.Deserialize(payload, QueryResultJson.Default.QueryResultResponse);
        }
        catch (JsonException exception)
        {
            throw new NotificationReadException(ReadFailure.InvalidAnswer, $"{settings.FunctionName} returned invalid JSON", exception);
        }

        return response switch
        {
            { Page: { } page, Failure: null } when page.Items.Count <= query.Limit && page.Items.All(item => item is not null) => page,
            { Page: null, Failure: { } failure } => throw new NotificationReadException(failure.Reason, failure.Message),
            _ => throw new NotificationReadException(
                ReadFailure.InvalidAnswer,
                $"{settings.FunctionName} returned neither a page of this query nor an error"
            ),
        };
    }

    /// <summary>The error type shows whether the function timed out, crashed, or threw.</summary>
    private NotificationReadException FunctionFailed(Stream payload)
    {
        var errorType = "";
        try
        {
            using var error = JsonDocument.Parse(payload);
            if (error.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("errorType", out var type))
                errorType = type.ToString();
        }
        catch (JsonException)
        {
            // The error itself is not JSON, so it has no type.
        }

        var failure = errorType switch
        {
            "Sandbox.Timedout" => ReadFailure.Timeout,
            _ when errorType.StartsWith("Runtime.", StringComparison.Ordinal) => ReadFailure.Unavailable,
            _ => ReadFailure.InvalidAnswer,
        };
        return new(failure, $"{settings.FunctionName} failed with {(errorType.Length == 0 ? "an error without a type" : errorType)}");
    }

    [LoggerMessage(LogLevel.Warning, "{Function} failed too often: the circuit is open for {Duration}")]
    private static partial void LogOpened(ILogger logger, string function, TimeSpan duration);
}
