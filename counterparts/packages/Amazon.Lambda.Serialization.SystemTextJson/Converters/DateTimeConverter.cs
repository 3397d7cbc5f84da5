using System.Text.Json;
using System.Text.Json.Serialization;

namespace Amazon.Lambda.Serialization.SystemTextJson.Converters;

/// <summary>Reads ISO strings and times since the Unix epoch, in seconds or milliseconds. Writes ISO strings.</summary>
public class DateTimeConverter : JsonConverter<DateTime>
{
    // The end of the year 6969 in seconds: a greater number can only be milliseconds.
    private const long LargestSecond = 157753180800;

    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.String when reader.TryGetDateTime(out var iso) => iso,
            JsonTokenType.Number when reader.TryGetInt64(out var whole) => whole > LargestSecond
                ? DateTime.UnixEpoch.AddMilliseconds(whole)
                : DateTime.UnixEpoch.AddSeconds(whole),
            JsonTokenType.Number => DateTime.UnixEpoch.AddSeconds(reader.GetDouble()),
            _ => throw new JsonSerializerException(
                $"A date is a string in ISO 8601 or a number of seconds since the epoch, not a JSON {reader.TokenType} like this."
            ),
        };

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
