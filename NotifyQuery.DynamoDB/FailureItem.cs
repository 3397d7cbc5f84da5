using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB.Http;

namespace NotifyQuery.DynamoDB;

/// <summary>The attributes of an item of projection-failures. Items are written and read only here.</summary>
internal static class FailureItem
{
    /// <summary>HASH key: the day of the change, <c>yyyy-MM-dd</c> (UTC).</summary>
    public const string Day = "failure_day";

    /// <summary>RANGE key: the time of the change, <c>#</c>, and the event id. It identifies the letter.</summary>
    public const string FailedAt = "failed_at";

    /// <summary>The kind of failure.</summary>
    public const string ErrorType = "error_type";

    /// <summary>What is wrong, in a sentence.</summary>
    public const string ErrorMessage = "error_message";

    /// <summary>The number of attempts.</summary>
    public const string Attempts = "attempts";

    /// <summary>Whether the letter is resolved.</summary>
    public const string Resolved = "resolved";

    /// <summary>How the letter was resolved.</summary>
    public const string Resolution = "resolution";

    /// <summary>When the letter was resolved, ISO 8601.</summary>
    public const string ResolvedAt = "resolved_at";

    /// <summary>The stream record as JSON. The name is a reserved word in DynamoDB expressions.</summary>
    public const string Record = "record";

    /// <summary>The stream record as gzip of its UTF-8, when it is too long to be stored uncompressed.</summary>
    public const string CompressedRecord = "record_gzip";

    /// <summary>When the letter was written, ISO 8601.</summary>
    public const string KeptAt = "kept_at";

    /// <summary>The id of the last run that resolved or retried this letter: see <see cref="FailureRun"/>.</summary>
    public const string LastRun = "last_run";

    /// <summary>When the letter expires, in Unix seconds (time to live).</summary>
    public const string ExpiresAt = "expires_at";

    private const string EventId = "event_id";
    private const string StreamSequenceNumber = "sequence_number";
    private const string RecordIsCut = "record_truncated";

    /// <summary>All attributes except the record, which is most of a letter's size.</summary>
    public const string WithoutRecord =
        $"{FailedAt}, {ErrorType}, {ErrorMessage}, {Attempts}, {Resolved}, {Resolution}, {AttributeNames.TransactionId}, "
        + $"{AttributeNames.CreatedAt}, {KeptAt}, {LastRun}";

    // The maximum item size is 400 KB. These limits leave room for the key and the other attributes.
    private const int LongestRecord = 350 * 1024; // bytes
    private const int LongestText = 4 * 1024; // UTF-16 code units
    private const int LongestEventId = 256; // of the 1,024 bytes of a sort key

    // A letter's id starts with a date.
    private const int ShortestId = 11;

    /// <summary>The item of a letter.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="keptAt">When the letter is written.</param>
    /// <param name="retention">How long the letter is stored.</param>
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
        // A value that is too long for a key is not the key of a command, and might be too long for this item as well.
        if (letter.TransactionId is { Length: <= CommandImage.PartitionKeyLimit } transactionId)
            item[AttributeNames.TransactionId] = new(transactionId);
        if (letter.CreatedAt is { Length: <= CommandImage.PartitionKeyLimit } createdAt)
            item[AttributeNames.CreatedAt] = new(createdAt);
        return item;
    }

    /// <summary>The key of a letter; null when no letter can have this id.</summary>
    public static Dictionary<string, AttributeValue>? KeyOf(string id) =>
        id.Length < ShortestId ? null : new() { [Day] = new(Timestamp.DayOf(id)), [FailedAt] = new(id) };

    /// <summary>The value of <see cref="Day"/> for a day.</summary>
    public static AttributeValue DayOf(DateOnly day) => new(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    /// <summary>A time in Unix seconds, as DynamoDB's time to live requires.</summary>
    public static AttributeValue Seconds(DateTimeOffset moment) =>
        new() { N = moment.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) };

    /// <summary>The message of a letter, cut to the maximum length.</summary>
    public static string Message(string text) => UnicodeText.Shorten(text, LongestText);

    /// <summary>Reads a letter. Missing attributes are tolerated, because other programs may have written the item.</summary>
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
    /// Stores the record as text. A record that is too long is compressed. If the compressed record is too long as well, only the beginning
    /// of the text is stored: a retry reads the command from command-records.
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

    /// <summary>
    /// The event id as part of the key. An id that is too long, or not safe to print to a terminal, is replaced by its hash.
    /// </summary>
    private static string IdOf(string eventId) =>
        eventId.Length <= LongestEventId && UnicodeText.Printable(eventId) == eventId
            ? eventId
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.Unicode.GetBytes(eventId)));
}
