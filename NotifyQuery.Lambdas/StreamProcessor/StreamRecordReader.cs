using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Lambdas.StreamProcessor;

/// <summary>
/// The only place where a stream record of an event is converted to a change of the core. Records are read directly from the JSON,
/// attribute by attribute. Attributes that are not part of a command are ignored. A value that cannot be read is a problem of its record,
/// never of the whole batch.
/// </summary>
/// <remarks>
/// Names are case-insensitive and null members count as absent, because emulators write the event in camel case, with all members of a
/// type.
/// </remarks>
internal static class StreamRecordReader
{
    private const long MostSecondsSince1970 = 253_402_300_799; // the end of the year 9999; larger numbers are milliseconds
    private const double SmallestMilliseconds = 157_753_180_800; // the threshold of Amazon.Lambda.Serialization.SystemTextJson

    // The names of DynamoDB's types ("AttributeValue" in the Amazon DynamoDB Streams API Reference).
    private static readonly string[] Types = ["S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"];

    /// <summary>Reads the records of an event.</summary>
    /// <param name="batch">The event.</param>
    /// <param name="now">The time for records without a creation time.</param>
    /// <exception cref="JsonException">The event does not contain stream records.</exception>
    public static IReadOnlyList<StreamChange> ReadAll(JsonElement batch, DateTimeOffset now) =>
        Member(batch, "Records") switch
        {
            { ValueKind: JsonValueKind.Array } records => [.. records.EnumerateArray().Select(record => Read(record, now))],
            _ => throw new JsonException(
                "the event is not a batch of stream records: it has no list named Records. Invoke the function only through an "
                    + "event source mapping of a DynamoDB stream"
            ),
        };

    private static StreamChange Read(JsonElement record, DateTimeOffset now)
    {
        var change = Member(record, "dynamodb");
        var sequenceNumber = Text(change, "SequenceNumber") ?? "";
        var (keys, before) = (ImageOf(change, "Keys"), ImageOf(change, "OldImage"));
        return new()
        {
            EventId =
                Text(record, "eventID") is { Length: > 0 } id ? id
                : sequenceNumber.Length > 0 ? sequenceNumber
                : Fingerprint(record),
            StreamArn = Text(record, "eventSourceARN"),
            SequenceNumber = sequenceNumber,
            CommittedAt = Moment(Member(change, "ApproximateCreationDateTime")) ?? now,
            Before = before is null ? null : CommandImage.KeyOf(before),
            After = After(Text(record, "eventName"), ImageOf(change, "NewImage"), before),
            TransactionId = keys?.Invoke(AttributeNames.TransactionId).Text,
            CreatedAt = keys?.Invoke(AttributeNames.CreatedAt).Text,
            RawRecord = () => Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(record)),
        };
    }

    private static CommandImage? After(string? eventName, ImageReader? after, ImageReader? before) =>
        (eventName, after, before) switch
        {
            ("REMOVE", _, { }) => null,
            ("REMOVE", _, null) => Unreadable("the stream record has no old image, so the key of the removed notification is unknown"),
            ("INSERT" or "MODIFY", { } image, _) => CommandImage.Read(image),
            ("INSERT" or "MODIFY", null, _) => Unreadable("the stream record has no new image"),
            _ => new(
                null,
                [$"the event is '{UnicodeText.Printable(UnicodeText.Shorten(eventName ?? "", 40))}': it must be INSERT, MODIFY or REMOVE"]
            ),
        };

    private static CommandImage Unreadable(string problem) => new(null, [$"{problem}: the stream's view type must be NEW_AND_OLD_IMAGES"]);

    /// <summary>The attributes of an image, by name; null when the image is missing or has no attributes.</summary>
    private static ImageReader? ImageOf(JsonElement? change, string name)
    {
        if (Member(change, name) is not { ValueKind: JsonValueKind.Object } image)
            return null;
        var attributes = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var attribute in image.EnumerateObject())
            if (NameOf(attribute) is { } its)
                attributes[its] = attribute.Value;
        return attributes.Count == 0
            ? null
            : attribute => attributes.TryGetValue(attribute, out var value) ? ValueOf(value) : ImageValue.Absent;
    }

    private static ImageValue ValueOf(JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Null)
            return ImageValue.Absent;
        if (value.ValueKind is not JsonValueKind.Object)
            return ImageValue.Of([], null);
        var given = new List<string>(1);
        JsonElement content = default;
        foreach (var member in value.EnumerateObject())
        {
            if (member.Value.ValueKind is JsonValueKind.Null || TypeOf(member) is not { } type)
                continue;
            given.Add(type);
            content = member.Value;
        }

        return (given, content.ValueKind) switch
        {
            (["NULL"], JsonValueKind.False) => ImageValue.FalseNull,
            (["S"], JsonValueKind.String) => TextOf(content) is { } text ? ImageValue.Of(given, text) : ImageValue.NotUnicode,
            (["S"], _) => ImageValue.Of([], null),
            _ => ImageValue.Of(given, null),
        };
    }

    private static string? TypeOf(JsonProperty member)
    {
        foreach (var type in Types)
            if (IsNamed(member, type))
                return type;
        return null;
    }

    private static string? Text(JsonElement? parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.String } value ? TextOf(value) : null;

    private static JsonElement? Member(JsonElement? parent, string name)
    {
        if (parent is not { ValueKind: JsonValueKind.Object } members)
            return null;
        JsonElement? found = null;
        foreach (var member in members.EnumerateObject())
            if (member.Value.ValueKind is not JsonValueKind.Null && IsNamed(member, name))
                found = member.Value;
        return found;
    }

    /// <summary>The commit time of a change, from seconds or milliseconds since 1970 or an ISO 8601 time; null for anything else.</summary>
    private static DateTimeOffset? Moment(JsonElement? value)
    {
        if (value is { ValueKind: JsonValueKind.String } text)
            return text.TryGetDateTimeOffset(out var moment) ? moment.ToUniversalTime() : null;
        if (value is not { ValueKind: JsonValueKind.Number } number || !number.TryGetDouble(out var since1970))
            return null;
        if (since1970 > SmallestMilliseconds)
            since1970 /= 1000;
        return since1970 is >= 0 and <= MostSecondsSince1970 ? DateTimeOffset.UnixEpoch.AddSeconds(since1970) : null;
    }

    /// <summary>The id for a record without one. It is the same for each delivery.</summary>
    private static string Fingerprint(JsonElement record) => Convert.ToHexStringLower(SHA256.HashData(JsonMarshal.GetRawUtf8Value(record)));

    /// <summary>The text of a string; null when it is not valid Unicode: JSON may contain half of a surrogate pair as an escape.</summary>
    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Compares names without creating a string for each. Only a name with an escape must be decoded first.</summary>
    private static bool IsNamed(JsonProperty member, string name)
    {
        var raw = JsonMarshal.GetRawUtf8PropertyName(member);
        return raw.Contains((byte)'\\')
            ? name.Equals(NameOf(member), StringComparison.OrdinalIgnoreCase)
            : Ascii.EqualsIgnoreCase(raw, name);
    }

    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null; // not valid Unicode, so it is not an attribute of a command
        }
    }
}
