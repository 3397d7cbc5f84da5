using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB.Http;

namespace NotifyQuery.DynamoDB;

/// <summary>The shape of an item of projection-failures: written and read here and nowhere else.</summary>
internal static class FailureItem
{
    /// <summary>HASH key: the day of the change, <c>yyyy-MM-dd</c> (UTC).</summary>
    public const string Day = "failure_day";

    /// <summary>RANGE key: the time of the change, <c>#</c>, the id of the event. It names the letter.</summary>
    public const string FailedAt = "failed_at";

    /// <summary>What kind of failure it is.</summary>
    public const string ErrorType = "error_type";

    /// <summary>What is wrong, in a sentence.</summary>
    public const string ErrorMessage = "error_message";

    /// <summary>How often it was tried.</summary>
    public const string Attempts = "attempts";

    /// <summary>Whether it is settled.</summary>
    public const string Resolved = "resolved";

    /// <summary>How it was settled.</summary>
    public const string Resolution = "resolution";

    /// <summary>When it was settled, ISO-8601.</summary>
    public const string ResolvedAt = "resolved_at";

    /// <summary>The stream record as JSON. A reserved word in expressions.</summary>
    public const string Record = "record";

    /// <summary>The stream record, when it is too long for an item as it is: gzip of its UTF-8.</summary>
    public const string CompressedRecord = "record_gzip";

    /// <summary>When the letter was written, ISO-8601.</summary>
    public const string KeptAt = "kept_at";

    /// <summary>The run over many letters that was the last to settle or to try this one.</summary>
    public const string LastRun = "last_run";

    /// <summary>When the letter expires, in seconds since 1970 (time to live).</summary>
    public const string ExpiresAt = "expires_at";

    private const string EventId = "event_id";
    private const string StreamSequenceNumber = "sequence_number";
    private const string RecordIsCut = "record_truncated";

    /// <summary>All but the record, which is most of a letter.</summary>
    public const string WithoutRecord =
        $"{FailedAt}, {ErrorType}, {ErrorMessage}, {Attempts}, {Resolved}, {Resolution}, {AttributeNames.TransactionId}, "
        + $"{AttributeNames.CreatedAt}, {KeptAt}, {LastRun}";

    // An item has at most 400 KB: these leave room for its key and its other attributes.
    private const int LongestRecord = 350 * 1024; // bytes
    private const int LongestText = 4 * 1024; // UTF-16 code units
    private const int LongestEventId = 256; // of a sort key's 1,024 bytes

    // A letter's id begins with a day.
    private const int ShortestId = 11;

    /// <summary>The item of a letter.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="keptAt">When it is written.</param>
    /// <param name="retention">How long it is kept.</param>
    public static Dictionary<string, AttributeValue> Of(DeadLetter letter, DateTimeOffset keptAt, DeadLetterRetention retention)
    {
        var failedAt = Timestamp.Format(letter.CommittedAt);
        var eventId = IdOf(letter.EventId);
        var item = new Dictionary<string, AttributeValue>
        {
            [Day] = new(Timestamp.DayOf(failedAt)),
            [FailedAt] = new($"{failedAt}#{eventId}"),
            [EventId] = new(eventId),
            [StreamSequenceNumber] = new(UnicodeText.Shorten(letter.SequenceNumber, LongestText)),
            [ErrorType] = new(letter.ErrorType),
            [ErrorMessage] = new(Message(letter.ErrorMessage)),
            [Attempts] = new() { N = letter.Attempts.ToString(CultureInfo.InvariantCulture) },
            [Resolved] = new() { BOOL = false },
            [ExpiresAt] = Seconds(keptAt + retention.Unsettled),
            [KeptAt] = new(Timestamp.Format(keptAt)),
        };
        AddRecord(item, letter.Record);
        // What is too long for a key names no command, and might be too long for this item, too.
        if (letter.TransactionId is { Length: <= CommandImage.PartitionKeyLimit } transactionId)
            item[AttributeNames.TransactionId] = new(transactionId);
        if (letter.CreatedAt is { Length: <= CommandImage.PartitionKeyLimit } createdAt)
            item[AttributeNames.CreatedAt] = new(createdAt);
        return item;
    }

    /// <summary>The key of a letter; null when there can be none of this id.</summary>
    public static Dictionary<string, AttributeValue>? KeyOf(string id) =>
        id.Length < ShortestId ? null : new() { [Day] = new(Timestamp.DayOf(id)), [FailedAt] = new(id) };

    /// <summary>The <see cref="Day"/> of a day.</summary>
    public static AttributeValue DayOf(DateOnly day) => new(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    /// <summary>A moment in seconds since 1970, as the table's time to live reads it.</summary>
    public static AttributeValue Seconds(DateTimeOffset moment) =>
        new() { N = moment.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) };

    /// <summary>A letter's message, as long as one is kept.</summary>
    public static string Message(string text) => UnicodeText.Shorten(text, LongestText);

    /// <summary>Reads a letter. One that lacks something, because somebody else wrote it, is shown all the same.</summary>
    public static StoredDeadLetter Read(Dictionary<string, AttributeValue> item)
    {
        return new(
            item[FailedAt].S,
            Text(ErrorType) ?? "Unknown",
            Text(ErrorMessage) ?? "",
            int.TryParse(item.GetValueOrDefault(Attempts)?.N, NumberStyles.None, CultureInfo.InvariantCulture, out var attempts)
                ? attempts
                : 0,
            item.GetValueOrDefault(Resolved)?.BOOL is true,
            Text(Resolution),
            Text(AttributeNames.TransactionId),
            Text(AttributeNames.CreatedAt),
            item.GetValueOrDefault(CompressedRecord)?.B is { } compressed ? RecordText.Decompress(compressed) : Text(Record),
            item.GetValueOrDefault(RecordIsCut)?.BOOL is true,
            Text(KeptAt),
            Text(LastRun)
        );

        string? Text(string name) => item.GetValueOrDefault(name)?.S is { } text && !LoneSurrogates.IsIn(text) ? text : null;
    }

    /// <summary>
    /// Keeps the record as it is, or compressed when it is too long; and its beginning alone when even that is: the command itself stays
    /// in command-records, and a retry reads it from there.
    /// </summary>
    private static void AddRecord(Dictionary<string, AttributeValue> item, string record)
    {
        var bytes = Encoding.UTF8.GetByteCount(record);
        byte[]? compressed = bytes > LongestRecord ? RecordText.Compress(record) : null;
        var cut = compressed?.Length > LongestRecord;
        item[RecordIsCut] = new() { BOOL = cut };
        if (cut)
            item[Record] = new(RecordText.Beginning(record, LongestRecord));
        else if (compressed is not null)
            item[CompressedRecord] = new() { B = new(compressed) };
        else
            item[Record] = new(record);
    }

    /// <summary>The id as a part of the key; one that is too long for it, or no text for a terminal, is known by its hash.</summary>
    private static string IdOf(string eventId) =>
        eventId.Length <= LongestEventId && UnicodeText.Printable(eventId) == eventId
            ? eventId
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.Unicode.GetBytes(eventId)));
}
