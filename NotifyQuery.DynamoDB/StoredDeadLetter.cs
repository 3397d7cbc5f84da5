namespace NotifyQuery.DynamoDB;

/// <summary>A dead letter as it is kept.</summary>
/// <param name="Id">The sort key, <c>time#event id</c>: names the letter.</param>
/// <param name="ErrorType">What kind of failure it is.</param>
/// <param name="ErrorMessage">What is wrong, in a sentence.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Resolved">Whether it is settled.</param>
/// <param name="Resolution">How it was settled.</param>
/// <param name="TransactionId">The command's partition key, when known.</param>
/// <param name="CreatedAt">The command's sort key, when known.</param>
/// <param name="Record">The stream record as JSON; null when none is kept.</param>
/// <param name="RecordIsCut">Whether only the beginning of the record is kept, because all of it would not fit into an item.</param>
/// <param name="KeptAt">When the letter was written, ISO-8601; null for one from before that was kept.</param>
/// <param name="Run">The run over many letters that was the last to settle or to try this one; null for none.</param>
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

/// <summary>Which letters are read.</summary>
/// <param name="Since">The time of the oldest change, included.</param>
/// <param name="Until">The time of the first change that is too new; null for no end.</param>
public sealed record FailureWindow(DateTimeOffset Since, DateTimeOffset? Until = null);
