using System.Net;
using Amazon.Runtime;

namespace Amazon.Lambda.Model;

public class InvalidParameterValueException : AmazonLambdaException
{
    public InvalidParameterValueException(string message)
        : base(message) { }

    public InvalidParameterValueException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}

public class InvalidRequestContentException : AmazonLambdaException
{
    public InvalidRequestContentException(string message)
        : base(message) { }

    public InvalidRequestContentException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}

public class RequestTooLargeException : AmazonLambdaException
{
    public RequestTooLargeException(string message)
        : base(message) { }

    public RequestTooLargeException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}

public class ResourceConflictException : AmazonLambdaException
{
    public ResourceConflictException(string message)
        : base(message) { }

    public ResourceConflictException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}

public class ResourceInUseException : AmazonLambdaException
{
    public ResourceInUseException(string message)
        : base(message) { }

    public ResourceInUseException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}

public class ResourceNotFoundException : AmazonLambdaException
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

public class ResourceNotReadyException : AmazonLambdaException
{
    public ResourceNotReadyException(string message)
        : base(message) { }

    public ResourceNotReadyException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}

public class ServiceException : AmazonLambdaException
{
    public ServiceException(string message)
        : base(message) { }

    public ServiceException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}

public class TooManyRequestsException : AmazonLambdaException
{
    public TooManyRequestsException(string message)
        : base(message) { }

    public TooManyRequestsException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}

public class UnsupportedMediaTypeException : AmazonLambdaException
{
    public UnsupportedMediaTypeException(string message)
        : base(message) { }

    public UnsupportedMediaTypeException(
        string message,
        Exception innerException,
        ErrorType errorType,
        string errorCode,
        string requestId,
        HttpStatusCode statusCode
    )
        : base(message, innerException, errorType, errorCode, requestId, statusCode) { }
}
