using System.Net;
using Amazon.Runtime;

namespace Amazon.DynamoDBStreams;

public class AmazonDynamoDBStreamsException : AmazonServiceException
{
    public AmazonDynamoDBStreamsException(string message)
        : base(message) { }

    public AmazonDynamoDBStreamsException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}
