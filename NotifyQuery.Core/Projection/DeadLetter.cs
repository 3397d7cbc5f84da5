namespace NotifyQuery.Core.Projection;

/// <summary>One item of projection-failures: a stream record that could not be projected, with everything that a retry needs.</summary>
public sealed record DeadLetter
{
    /// <summary>The stream record's id.</summary>
    public required string EventId { get; init; }

    /// <summary>When the change was committed. The same for every delivery of the record, so that the record is stored once.</summary>
    public required DateTimeOffset CommittedAt { get; init; }

    /// <summary>The stream record's sequence number.</summary>
    public required string SequenceNumber { get; init; }

    /// <summary>The command record that changed, when the stream record has it.</summary>
    public string? TransactionId { get; init; }

    /// <summary>The command record's sort key, when the stream record has it.</summary>
    public string? CreatedAt { get; init; }

    /// <summary>The stream record as JSON.</summary>
    public required string Record { get; init; }

    /// <summary>The kind of failure, e.g. <c>InvalidCommand</c>, <c>RefusedByTable</c>, <c>RetryAttemptsExhausted</c>.</summary>
    public required string ErrorType { get; init; }

    /// <summary>What is wrong, in a sentence.</summary>
    public required string ErrorMessage { get; init; }

    /// <summary>The number of attempts.</summary>
    public required int Attempts { get; init; }
}
