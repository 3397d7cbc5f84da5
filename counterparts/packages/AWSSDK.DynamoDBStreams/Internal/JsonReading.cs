using System.Text.Json;

namespace Amazon.DynamoDBStreams.Internal;

/// <summary>Steps of a reader that is at a property's name. A JSON null counts as a missing value.</summary>
internal static class JsonReading
{
    /// <summary>Moves to the next property's name; false at the end of the object.</summary>
    public static bool NextProperty(this ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    public static string ReadString(this ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString();
    }

    public static DateTime? ReadEpochSeconds(this ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? null : DateTime.UnixEpoch.AddSeconds(reader.GetDouble());
    }

    public static T ReadObject<T>(this ref Utf8JsonReader reader, ResponseReader<T> read)
        where T : class
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? null : read(ref reader);
    }

    public static List<T> ReadList<T>(this ref Utf8JsonReader reader, ResponseReader<T> read)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        var list = new List<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            list.Add(read(ref reader));
        return list;
    }
}
