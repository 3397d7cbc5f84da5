using System.Net;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;

namespace NotifyQuery.DynamoDB;

/// <summary>Which errors of the engine pass, and which stay.</summary>
public static class DynamoDBFaults
{
    /// <summary>The engine will never take this request: the item is at fault, or the table (the answer is the same).</summary>
    public static bool IsRefusal(AmazonDynamoDBException exception) =>
        exception is ItemCollectionSizeLimitExceededException || exception.ErrorCode is "ValidationException";

    /// <summary>Another try later may succeed: throttled, unreachable, faulty, or slower than the client's timeout.</summary>
    internal static bool IsTransient(Exception exception, CancellationToken cancellationToken) =>
        exception switch
        {
            ProvisionedThroughputExceededException
            or RequestLimitExceededException
            or InternalServerErrorException
            or ReplicatedWriteConflictException
            or TransactionConflictException
            or LimitExceededException => true,
            AmazonServiceException { ErrorCode: "ThrottlingException" } => true,
            AmazonServiceException
            {
                StatusCode: >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
            } => true,
            HttpRequestException or IOException or TimeoutException => true,
            OperationCanceledException => !cancellationToken.IsCancellationRequested, // the client's own timeout
            AmazonClientException { InnerException: { } inner } when exception is not AmazonServiceException => IsTransient(
                inner,
                cancellationToken
            ),
            AmazonServiceException { InnerException: { } inner, StatusCode: 0 } => IsTransient(inner, cancellationToken),
            _ => false,
        };

    /// <summary>Whether a transient error means that there was no answer in time.</summary>
    internal static bool IsTimeout(Exception exception) =>
        exception switch
        {
            TimeoutException or OperationCanceledException => true,
            { InnerException: { } inner } => IsTimeout(inner),
            _ => false,
        };
}
