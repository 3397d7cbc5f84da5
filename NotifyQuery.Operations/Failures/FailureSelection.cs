using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Erasing;

namespace NotifyQuery.Operations.Failures;

/// <summary>Selects dead letters. All given criteria must match.</summary>
public sealed record FailureSelection
{
    /// <summary>Text that the error type or the error message contains, case-insensitive; null for any error.</summary>
    public string? Error { get; init; }

    /// <summary>Error types, one of which must match; null for any.</summary>
    public IReadOnlyCollection<string>? ErrorTypes { get; init; }

    /// <summary>A user that the stream record names, before or after the change; null for any.</summary>
    public string? UserId { get; init; }

    /// <summary>The transaction; null for any.</summary>
    public string? TransactionId { get; init; }

    /// <summary>The times of the changes.</summary>
    public required FailureWindow Window { get; init; }

    /// <summary>Whether the selection needs the stream record.</summary>
    internal bool NeedsRecord => UserId is not null;

    /// <summary>Whether a dead letter in the window matches.</summary>
    public bool Matches(StoredDeadLetter letter) =>
        (ErrorTypes is null || ErrorTypes.Contains(letter.ErrorType))
        && (Error is null || $"{letter.ErrorType}: {letter.ErrorMessage}".Contains(Error, StringComparison.OrdinalIgnoreCase))
        && (TransactionId is null || letter.TransactionId == TransactionId)
        && (UserId is null || (letter.Record is { } record && RecordUsers.Mentions(record, UserId)));
}
