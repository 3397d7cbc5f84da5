using System.Text;
using System.Text.Json;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Operations.Erasing;

/// <summary>Which users a kept stream record names.</summary>
internal static class RecordUsers
{
    /// <summary>
    /// Whether a stream record names the user in one of its images; of one that was cut, whether the text is in it at all.
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
    /// Whether the text stands in an attribute <c>user_id</c>, however deep: as <c>"ann"</c> or as <c>{"S":"ann"}</c>. Read token by
    /// token: a letter may hold JSON of any depth.
    /// </summary>
    private static bool Names(ReadOnlySpan<byte> json, string userId)
    {
        const int Nowhere = -1;
        var reader = new Utf8JsonReader(json, new() { MaxDepth = int.MaxValue });
        var attribute = Nowhere; // how deep the members of the attribute lie that is being read
        var (ofUser, isText) = (false, false); // what the last name says of the value after it
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
            return false; // half of a surrogate pair: not Unicode, as every name and every user is
        }
    }
}
