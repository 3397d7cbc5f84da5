using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Lambda.Serialization.SystemTextJson.Converters;

namespace Amazon.Lambda.Serialization.SystemTextJson;

/// <summary>Shared by both serializers: the default options, and one exception type for every error.</summary>
public abstract class AbstractLambdaJsonSerializer
{
    protected AbstractLambdaJsonSerializer(Action<JsonWriterOptions> jsonWriterCustomizer)
    {
        WriterOptions = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        // A struct, passed by value: as in the package, the customizer can read the options but not change them.
        jsonWriterCustomizer?.Invoke(WriterOptions);
    }

    protected JsonWriterOptions WriterOptions { get; }

    public T Deserialize<T>(Stream requestStream)
    {
        try
        {
            return InternalDeserialize<T>(ReadAll(requestStream));
        }
        catch (Exception exception)
        {
            var message =
                exception is JsonSerializerException
                    ? exception.Message
                    : $"Error converting the Lambda event JSON payload to type {typeof(T).FullName}: {exception.Message}";
            throw new JsonSerializerException(message, exception);
        }
    }

    public void Serialize<T>(T response, Stream responseStream)
    {
        try
        {
            using var writer = new Utf8JsonWriter(responseStream, WriterOptions);
            InternalSerialize(writer, response);
        }
        catch (Exception exception)
        {
            var message =
                exception is JsonSerializerException
                    ? exception.Message
                    : $"Error converting the response object of type {typeof(T).FullName} from the Lambda function to JSON: "
                        + $"{exception.Message}";
            throw new JsonSerializerException(message, exception);
        }
    }

    protected virtual JsonSerializerOptions CreateDefaultJsonSerializationOptions() =>
        new()
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            PropertyNameCaseInsensitive = true,
            PropertyNamingPolicy = new AwsNamingPolicy(),
            Converters = { new DateTimeConverter(), new MemoryStreamConverter(), new ByteArrayConverter() },
        };

    // The package's overload has an array parameter. This method is not public.
    private protected abstract T InternalDeserialize<T>(ReadOnlySpan<byte> utf8Json);

    protected abstract void InternalSerialize<T>(Utf8JsonWriter writer, T response);

    // The runtime passes a buffer, which is parsed in place.
    private static ReadOnlySpan<byte> ReadAll(Stream stream)
    {
        if (stream is MemoryStream memory && memory.TryGetBuffer(out var buffer))
        {
            var rest = buffer.AsSpan((int)memory.Position);
            memory.Position = memory.Length;
            return rest;
        }

        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.GetBuffer().AsSpan(0, (int)copy.Length);
    }
}
