using System.Globalization;
using System.Text.Json;
using Amazon.Lambda.Model;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Counterparts.AwsSdk;

namespace Amazon.Lambda.Internal;

/// <summary>The operations on event source mappings: JSON over REST.</summary>
internal static class EventSourceMappingOperations
{
    public static readonly InvokeOptions List = new() { RequestMarshaller = new ListRequest(), ResponseUnmarshaller = new ListResponse() };

    public static readonly InvokeOptions Update = new()
    {
        RequestMarshaller = new UpdateRequest(),
        ResponseUnmarshaller = new UpdateResponse(),
    };

    private const string ApiVersion = "2015-03-31";

    private sealed class ListRequest : IMarshaller<IRequest, AmazonWebServiceRequest>
    {
        public IRequest Marshall(AmazonWebServiceRequest input)
        {
            var list = (ListEventSourceMappingsRequest)input;
            var request = new DefaultRequest(input, "Amazon.Lambda")
            {
                HttpMethod = "GET",
                ResourcePath = $"/{ApiVersion}/event-source-mappings",
                UseQueryString = true,
            };
            request.Headers["x-amz-api-version"] = ApiVersion;
            Add("EventSourceArn", list.EventSourceArn);
            Add("FunctionName", list.FunctionName);
            Add("Marker", list.Marker);
            Add("MaxItems", list.MaxItems?.ToString(CultureInfo.InvariantCulture));
            return request;

            void Add(string name, string value)
            {
                if (value is not null)
                    request.Parameters.Add(name, value);
            }
        }
    }

    private sealed class UpdateRequest : IMarshaller<IRequest, AmazonWebServiceRequest>
    {
        public IRequest Marshall(AmazonWebServiceRequest input)
        {
            var update = (UpdateEventSourceMappingRequest)input;
            if (string.IsNullOrEmpty(update.UUID))
                throw new AmazonLambdaException("UpdateEventSourceMappingRequest.UUID is required: set it to the mapping's id.");

            using var body = new MemoryStream();
            using (var writer = new Utf8JsonWriter(body))
            {
                writer.WriteStartObject();
                if (update.Enabled is { } enabled)
                    writer.WriteBoolean("Enabled"u8, enabled);
                writer.WriteEndObject();
            }
            var request = new DefaultRequest(input, "Amazon.Lambda")
            {
                HttpMethod = "PUT",
                ResourcePath = $"/{ApiVersion}/event-source-mappings/{{UUID}}",
                Content = body.ToArray(),
            };
            request.AddPathResource("{UUID}", update.UUID);
            request.Headers["Content-Type"] = "application/json";
            request.Headers["x-amz-api-version"] = ApiVersion;
            return request;
        }
    }

    private sealed class ListResponse() : ServiceResponse(ServiceExceptions.ByCode, ServiceExceptions.Otherwise)
    {
        public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext input)
        {
            using var json = JsonDocument.Parse(input.Stream);
            return new ListEventSourceMappingsResponse
            {
                EventSourceMappings =
                    json.RootElement.TryGetProperty("EventSourceMappings"u8, out var mappings) && mappings.ValueKind == JsonValueKind.Array
                        ? [.. mappings.EnumerateArray().Select(Read)]
                        : null,
                NextMarker = Text(json.RootElement, "NextMarker"),
            };
        }

        private static EventSourceMappingConfiguration Read(JsonElement mapping) =>
            new()
            {
                EventSourceArn = Text(mapping, "EventSourceArn"),
                FunctionArn = Text(mapping, "FunctionArn"),
                LastModified = Number(mapping, "LastModified") is { } seconds ? DateTime.UnixEpoch.AddSeconds(seconds) : null,
                LastProcessingResult = Text(mapping, "LastProcessingResult"),
                MaximumRecordAgeInSeconds = (int?)Number(mapping, "MaximumRecordAgeInSeconds"),
                State = Text(mapping, "State"),
                UUID = Text(mapping, "UUID"),
            };
    }

    private sealed class UpdateResponse() : ServiceResponse(ServiceExceptions.ByCode, ServiceExceptions.Otherwise)
    {
        public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext input)
        {
            using var json = JsonDocument.Parse(input.Stream);
            return new UpdateEventSourceMappingResponse { State = Text(json.RootElement, "State"), UUID = Text(json.RootElement, "UUID") };
        }
    }

    private static string Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static double? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
