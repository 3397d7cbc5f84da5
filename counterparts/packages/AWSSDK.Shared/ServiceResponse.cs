using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal.Transform;
using Amazon.Runtime.Internal.Util;

namespace Counterparts.AwsSdk;

/// <summary>The exception a service throws for an error code.</summary>
internal delegate AmazonServiceException ServiceExceptionFactory(
    string message,
    Exception innerException,
    ErrorType errorType,
    string errorCode,
    string requestId,
    HttpStatusCode statusCode
);

/// <summary>Reads a response of a JSON service: an error by its code, the body with the derived class.</summary>
internal abstract class ServiceResponse(IReadOnlyDictionary<string, ServiceExceptionFactory> exceptions, ServiceExceptionFactory otherwise)
    : JsonResponseUnmarshaller
{
    public override AmazonServiceException UnmarshallException(
        JsonUnmarshallerContext input,
        Exception innerException,
        HttpStatusCode statusCode
    )
    {
        var reader = new StreamingUtf8JsonReader(input.Stream);
        var error = JsonErrorResponseUnmarshaller.GetInstance().Unmarshall(input, ref reader);
        var factory = error.Code is { } code && exceptions.TryGetValue(code, out var known) ? known : otherwise;
        return factory(error.Message, innerException, error.Type, error.Code, error.RequestId, statusCode);
    }
}
