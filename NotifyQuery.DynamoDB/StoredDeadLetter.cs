namespace NotifyQuery.DynamoDB;

/// <summary>A stored dead letter.</summary>
/// <param name="Id">The sort key, <c>time#event id</c>. It identifies the letter.</param>
/// <param name="ErrorType">The kind of failure.</param>
/// <param name="ErrorMessage">What is wrong, in a sentence.</param>
/// <param name="Attempts">The number of attempts.</param>
/// <param name="Resolved">Whether it is resolved.</param>
/// <param name="Resolution">How it was resolved.</param>
/// <param name="TransactionId">The command's partition key, when known.</param>
/// <param name="CreatedAt">The command's sort key, when known.</param>
/// <param name="Record">The stream record as JSON; null when it is not stored.</param>
/// <param name="RecordIsCut">
/// Whether only the beginning of the record is stored, because the whole record would not fit into an item.
/// </param>
/// <param name="KeptAt">When the letter was written, ISO 8601; null for a letter from before this attribute existed.</param>
/// <param name="Run">The last run that resolved or retried this letter; null for none.</param>
public sealed record StoredDeadLetter(
    string Id,
    string ErrorType,
    string ErrorMessage,
    int Attempts,
    bool Resolved,
    string? Resolution,
    string? TransactionId,
    string? CreatedAt,
    string? Record,
    bool RecordIsCut = false,
    string? KeptAt = null,
    string? Run = null
);

/// <summary>The time range of the letters to read.</summary>
/// <param name="Since">The start, inclusive, by the time of the change.</param>
/// <param name="Until">The end, exclusive; null for no end.</param>
public sealed record FailureWindow(DateTimeOffset Since, DateTimeOffset? Until = null);
