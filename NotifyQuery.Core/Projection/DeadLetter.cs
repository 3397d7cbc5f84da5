namespace NotifyQuery.Core.Projection;

/// <summary>One item of projection-failures: a stream record that could not be projected, with all that is needed to try again.</summary>
public sealed record DeadLetter
{
    /// <summary>The stream record's id.</summary>
    public required string EventId { get; init; }

    /// <summary>When the change was committed: the same at each delivery of the record, so that it is kept once.</summary>
    public required DateTimeOffset CommittedAt { get; init; }

    /// <summary>The stream record's sequence number.</summary>
    public required string SequenceNumber { get; init; }

    /// <summary>The command record that changed, when the stream record names it.</summary>
    public string? TransactionId { get; init; }

    /// <summary>The command record's sort key, when the stream record names it.</summary>
    public string? CreatedAt { get; init; }

    /// <summary>The stream record as JSON.</summary>
    public required string Record { get; init; }

    /// <summary>What kind of failure it is, e.g. <c>InvalidCommand</c>, <c>RefusedByTable</c>, <c>RetryAttemptsExhausted</c>.</summary>
    public required string ErrorType { get; init; }

    /// <summary>What is wrong, in a sentence.</summary>
    public required string ErrorMessage { get; init; }

    /// <summary>How often it was tried.</summary>
    public required int Attempts { get; init; }
}
