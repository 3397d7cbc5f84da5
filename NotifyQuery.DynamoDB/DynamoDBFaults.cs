using System.Net;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;

namespace NotifyQuery.DynamoDB;

/// <summary>Classifies DynamoDB errors as transient or permanent.</summary>
public static class DynamoDBFaults
{
    /// <summary>
    /// Whether DynamoDB will never accept this request. The item or the table is at fault: the error is the same for both.
    /// </summary>
    public static bool IsRefusal(AmazonDynamoDBException exception) =>
        exception is ItemCollectionSizeLimitExceededException || exception.ErrorCode is "ValidationException";

    /// <summary>Whether a retry may succeed: throttled, unreachable, server error, or client timeout.</summary>
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
            OperationCanceledException => !cancellationToken.IsCancellationRequested, // the client timed out
            AmazonClientException { InnerException: { } inner } when exception is not AmazonServiceException => IsTransient(
                inner,
                cancellationToken
            ),
            AmazonServiceException { InnerException: { } inner, StatusCode: 0 } => IsTransient(inner, cancellationToken),
            _ => false,
        };

    /// <summary>Whether a transient error is a timeout.</summary>
    internal static bool IsTimeout(Exception exception) =>
        exception switch
        {
            TimeoutException or OperationCanceledException => true,
            { InnerException: { } inner } => IsTimeout(inner),
            _ => false,
        };
}
