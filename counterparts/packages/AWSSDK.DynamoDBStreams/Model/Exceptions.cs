using System.Net;
using Amazon.Runtime;

namespace Amazon.DynamoDBStreams.Model;

public class ExpiredIteratorException : AmazonDynamoDBStreamsException
{
    public ExpiredIteratorException(string message)
        : base(message) { }

    public ExpiredIteratorException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}

public class InternalServerErrorException : AmazonDynamoDBStreamsException
{
    public InternalServerErrorException(string message)
        : base(message) { }

    public InternalServerErrorException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}

public class LimitExceededException : AmazonDynamoDBStreamsException
{
    public LimitExceededException(string message)
        : base(message) { }

    public LimitExceededException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}

public class ResourceNotFoundException : AmazonDynamoDBStreamsException
{
    public ResourceNotFoundException(string message)
        : base(message) { }

    public ResourceNotFoundException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}

public class TrimmedDataAccessException : AmazonDynamoDBStreamsException
{
    public TrimmedDataAccessException(string message)
        : base(message) { }

    public TrimmedDataAccessException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}
