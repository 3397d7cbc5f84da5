using System.Buffers;
using System.Text.Json;
using Amazon.DynamoDBStreams.Model;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Counterparts.AwsSdk;

namespace Amazon.DynamoDBStreams.Internal;

internal delegate void RequestWriter<TRequest>(Utf8JsonWriter writer, TRequest request);

internal delegate TResponse ResponseReader<TResponse>(ref Utf8JsonReader reader);

/// <summary>One operation of the AWS JSON 1.0 protocol: how its request is written and its response read.</summary>
internal static class JsonOperation
{
    public static InvokeOptions Create<TRequest, TResponse>(string name, RequestWriter<TRequest> write, ResponseReader<TResponse> read)
        where TRequest : AmazonWebServiceRequest
        where TResponse : AmazonWebServiceResponse, new() =>
        new() { RequestMarshaller = new Request<TRequest>(name, write), ResponseUnmarshaller = new Response<TResponse>(read) };

    private sealed class Request<TRequest>(string name, RequestWriter<TRequest> write) : IMarshaller<IRequest, AmazonWebServiceRequest>
        where TRequest : AmazonWebServiceRequest
    {
        public IRequest Marshall(AmazonWebServiceRequest input)
        {
            var content = new PooledContentStream();
            using (var writer = new Utf8JsonWriter(content.BufferWriter))
            {
                writer.WriteStartObject();
                write(writer, (TRequest)input);
                writer.WriteEndObject();
            }
            var request = new DefaultRequest(input, "Amazon.DynamoDBStreams")
            {
                HttpMethod = "POST",
                ResourcePath = "/",
                ContentStream = content,
            };
            request.Headers["Content-Type"] = "application/x-amz-json-1.0";
            request.Headers["X-Amz-Target"] = "DynamoDBStreams_20120810." + name;
            request.Headers["x-amz-api-version"] = "2012-08-10";
            return request;
        }
    }

    private sealed class Response<TResponse>(ResponseReader<TResponse> read) : ServiceResponse(Exceptions, Otherwise)
        where TResponse : AmazonWebServiceResponse, new()
    {
        public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext input)
        {
            if (input.IsEmptyResponse)
                return new TResponse();
            // The service limits a response to 1 MB of data, so the response is read completely and parsed in one pass.
            var (buffer, length) = ReadToEnd(input.Stream, input.ResponseData.ContentLength);
            try
            {
                var reader = new Utf8JsonReader(buffer.AsSpan(0, length), new JsonReaderOptions { MaxDepth = input.JsonMaxDepth });
                reader.Read();
                return read(ref reader);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        private static (byte[] Buffer, int Length) ReadToEnd(Stream stream, long expected)
        {
            // One byte more than expected: the read that finds the end then needs no larger buffer.
            var buffer = ArrayPool<byte>.Shared.Rent(expected is > 0 and < int.MaxValue ? (int)expected + 1 : 16 * 1024);
            var length = 0;
            while (stream.Read(buffer, length, buffer.Length - length) is var read and > 0)
            {
                length += read;
                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }
            return (buffer, length);
        }
    }

    private static readonly ServiceExceptionFactory Otherwise = (message, inner, type, code, id, status) =>
        new AmazonDynamoDBStreamsException(message, inner, type, code, id, status);

    private static readonly Dictionary<string, ServiceExceptionFactory> Exceptions = new()
    {
        ["ExpiredIteratorException"] = (message, inner, type, code, id, status) =>
            new ExpiredIteratorException(message, inner, type, code, id, status),
        ["InternalServerError"] = (message, inner, type, code, id, status) =>
            new InternalServerErrorException(message, inner, type, code, id, status),
        ["LimitExceededException"] = (message, inner, type, code, id, status) =>
            new LimitExceededException(message, inner, type, code, id, status),
        ["ResourceNotFoundException"] = (message, inner, type, code, id, status) =>
            new ResourceNotFoundException(message, inner, type, code, id, status),
        ["TrimmedDataAccessException"] = (message, inner, type, code, id, status) =>
            new TrimmedDataAccessException(message, inner, type, code, id, status),
    };
}
