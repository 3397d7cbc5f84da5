using Amazon.Lambda.Model;
using Counterparts.AwsSdk;

namespace Amazon.Lambda.Internal;

/// <summary>The exception for each error code of the service.</summary>
internal static class ServiceExceptions
{
    public static readonly ServiceExceptionFactory Otherwise = (message, inner, type, code, id, status) =>
        new AmazonLambdaException(message, inner, type, code, id, status);

    public static readonly Dictionary<string, ServiceExceptionFactory> ByCode = new()
    {
        ["InvalidParameterValueException"] = (message, inner, type, code, id, status) =>
            new InvalidParameterValueException(message, inner, type, code, id, status),
        ["InvalidRequestContentException"] = (message, inner, type, code, id, status) =>
            new InvalidRequestContentException(message, inner, type, code, id, status),
        ["RequestTooLargeException"] = (message, inner, type, code, id, status) =>
            new RequestTooLargeException(message, inner, type, code, id, status),
        ["ResourceConflictException"] = (message, inner, type, code, id, status) =>
            new ResourceConflictException(message, inner, type, code, id, status),
        ["ResourceInUseException"] = (message, inner, type, code, id, status) =>
            new ResourceInUseException(message, inner, type, code, id, status),
        ["ResourceNotFoundException"] = (message, inner, type, code, id, status) =>
            new ResourceNotFoundException(message, inner, type, code, id, status),
        ["ResourceNotReadyException"] = (message, inner, type, code, id, status) =>
            new ResourceNotReadyException(message, inner, type, code, id, status),
        ["ServiceException"] = (message, inner, type, code, id, status) => new ServiceException(message, inner, type, code, id, status),
        ["TooManyRequestsException"] = (message, inner, type, code, id, status) =>
            new TooManyRequestsException(message, inner, type, code, id, status),
        ["UnsupportedMediaTypeException"] = (message, inner, type, code, id, status) =>
            new UnsupportedMediaTypeException(message, inner, type, code, id, status),
    };
}
