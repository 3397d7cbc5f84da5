using System.Text;
using System.Text.Json;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Operations.Erasing;

/// <summary>Finds the users that a stored stream record names.</summary>
internal static class RecordUsers
{
    /// <summary>
    /// Whether one of the images of a stream record names the user. For a truncated record: whether the record contains the text at all.
    /// </summary>
    public static bool Mentions(string record, string userId)
    {
        try
        {
            return Names(Encoding.UTF8.GetBytes(record), userId);
        }
        catch (JsonException)
        {
            return record.Contains(JsonEncodedText.Encode(userId).ToString(), StringComparison.Ordinal)
                || record.Contains(userId, StringComparison.Ordinal);
        }
    }

    /// <summary>
    /// Whether an attribute <c>user_id</c> at any depth has the text, as <c>"ann"</c> or as <c>{"S":"ann"}</c>. Reads token by token,
    /// because a dead letter may hold JSON of any depth.
    /// </summary>
    private static bool Names(ReadOnlySpan<byte> json, string userId)
    {
        const int Nowhere = -1;
        var reader = new Utf8JsonReader(json, new() { MaxDepth = int.MaxValue });
        var attribute = Nowhere; // depth of the members of the user_id attribute that is being read
        var (ofUser, isText) = (false, false); // whether the last property name was user_id, or S inside user_id
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    ofUser = Is(ref reader, AttributeNames.UserId);
                    isText = reader.CurrentDepth == attribute && Is(ref reader, "S");
                    continue;
                case JsonTokenType.String when (ofUser || isText) && Is(ref reader, userId):
                    return true;
                case JsonTokenType.StartObject when ofUser:
                    attribute = reader.CurrentDepth + 1;
                    break;
                case JsonTokenType.EndObject when reader.CurrentDepth == attribute - 1:
                    attribute = Nowhere;
                    break;
            }

            (ofUser, isText) = (false, false);
        }

        return false;
    }

    private static bool Is(ref Utf8JsonReader reader, string text)
    {
        try
        {
            return reader.ValueTextEquals(text);
        }
        catch (InvalidOperationException)
        {
            return false; // half of a surrogate pair: no valid name or user has one
        }
    }
}
