using System.Net;
using System.Text.Json;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using Amazon.Runtime;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Adapters;

/// <summary>The function, invoked with Lambda's Invoke API.</summary>
internal sealed class LambdaFunction(IAmazonLambda lambda, string functionName, TimeSpan timeout, TimeProvider time) : IFunction
{
    /// <inheritdoc />
    public async Task<FunctionReply> InvokeAsync(IReadOnlyCollection<ChangeRecord> records, CancellationToken cancellationToken)
    {
        using var payload = EventPayload.Of(records);
        using var late = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        var request = new InvokeRequest
        {
            FunctionName = functionName,
            InvocationType = InvocationType.RequestResponse,
            PayloadStream = payload,
        };
        try
        {
            var response = await lambda.InvokeAsync(request, either.Token);
            ReadOnlyMemory<byte> answer = response.Payload?.ToArray();
            var requestId = response.ResponseMetadata?.RequestId;

            // FunctionError is set if the function failed. Its value differs between services.
            return string.IsNullOrEmpty(response.FunctionError)
                ? new(FunctionReplyKind.Returned, requestId, answer)
                : new(FunctionReplyKind.FunctionError, requestId, Error: ErrorType(answer) ?? response.FunctionError);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            if (late.IsCancellationRequested)
                return new(FunctionReplyKind.TimedOut, Error: $"no response within {timeout.TotalSeconds:0.###} seconds");
            if (exception is AmazonServiceException { StatusCode: HttpStatusCode.RequestEntityTooLarge })
                return new(FunctionReplyKind.TooLarge, Error: "the payload is too large");
            if (BackendRetry.IsRemote(exception, cancellationToken))
                return new(FunctionReplyKind.Unavailable, Error: exception.Message);
            throw;
        }
    }

    /// <summary>The type of the error. The message is ignored, because it may contain the content of a record.</summary>
    private static string? ErrorType(ReadOnlyMemory<byte> answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            return
                json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("errorType"u8, out var type)
                && type.ValueKind == JsonValueKind.String
                ? type.GetString()
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A text with a lone surrogate throws InvalidOperationException.
            return null;
        }
    }
}
