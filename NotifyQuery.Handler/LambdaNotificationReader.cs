using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using Amazon.Runtime;
using NotifyQuery.Core;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Handler;

/// <summary>The driven adapter: asks the QueryResult function. An error of the function is never taken for data.</summary>
internal sealed class LambdaNotificationReader(IAmazonLambda lambda, HandlerSettings settings) : INotificationReader
{
    public async Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken)
    {
        // A span of our own, because the payload must name it: the SDK's is not begun yet.
        using var invoke = Telemetry.Source.StartActivity($"invoke {settings.QueryResultFunction}", ActivityKind.Client);
        invoke?.SetTag("faas.invoked_name", settings.QueryResultFunction).SetTag("faas.invoked_provider", "aws");
        using var payload = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(
            new QueryResultRequest(query, Activity.Current?.Id, Activity.Current?.TraceStateString), QueryResultJson.Default.QueryResultRequest));
        var answer = await InvokeAsync(payload, cancellationToken);
        if (answer.FunctionError is not null) throw FunctionFailed(answer.Payload);

        QueryResultResponse? response;
        try
        {
            response = JsonSerializer.Deserialize(answer.Payload, QueryResultJson.Default.QueryResultResponse);
        }
        catch (JsonException exception)
        {
            throw new NotificationReadException(ReadFailure.InvalidAnswer, $"{settings.QueryResultFunction} answered no valid JSON", exception);
        }

        return response switch
        {
            { Page: { } page } => page,
            { Failure: { } failure } => throw new NotificationReadException(failure.Reason, failure.Message),
            _ => throw new NotificationReadException(ReadFailure.InvalidAnswer, $"{settings.QueryResultFunction} answered neither a page nor a failure"),
        };
    }

    private async Task<InvokeResponse> InvokeAsync(MemoryStream payload, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(settings.ReadTimeout);
        try
        {
            return await lambda.InvokeAsync(new InvokeRequest { FunctionName = settings.QueryResultFunction, PayloadStream = payload }, deadline.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NotificationReadException(ReadFailure.Timeout, $"{settings.QueryResultFunction} did not answer within {settings.ReadTimeout.TotalSeconds} s", exception);
        }
        catch (AmazonServiceException exception) when (exception.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.GatewayTimeout)
        {
            throw new NotificationReadException(ReadFailure.Timeout, $"{settings.QueryResultFunction} did not answer in time", exception);
        }
        catch (Exception exception) when (exception is AmazonClientException or HttpRequestException or IOException)
        {
            throw new NotificationReadException(ReadFailure.Unavailable, $"{settings.QueryResultFunction} could not be invoked: {exception.Message}", exception);
        }
    }

    /// <summary>The engine says by the error's type whether the function ran too long, died, or failed by itself.</summary>
    private NotificationReadException FunctionFailed(Stream payload)
    {
        var errorType = "";
        try
        {
            using var error = JsonDocument.Parse(payload);
            if (error.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("errorType", out var type)) errorType = type.ToString();
        }
        catch (JsonException)
        {
            // Not even the error is JSON: it stays without a type.
        }

        var failure = errorType switch
        {
            "Sandbox.Timedout" => ReadFailure.Timeout,
            _ when errorType.StartsWith("Runtime.", StringComparison.Ordinal) => ReadFailure.Unavailable,
            _ => ReadFailure.InvalidAnswer,
        };
        return new(failure, $"{settings.QueryResultFunction} failed with {(errorType.Length == 0 ? "an error without a type" : errorType)}");
    }
}
