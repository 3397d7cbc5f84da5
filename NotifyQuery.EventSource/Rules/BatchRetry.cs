namespace NotifyQuery.EventSource.Rules;

/// <summary>Why records were given up. The names are AWS's, as they appear in an on-failure message.</summary>
internal enum DiscardCondition
{
    /// <summary>The batch was tried as often as the settings allow.</summary>
    RetryAttemptsExhausted,

    /// <summary>A record is older than the settings allow.</summary>
    RecordAgeExceeded,

    /// <summary>A single record that is more than an invocation may carry; AWS has no name for it.</summary>
    PayloadSizeExceeded,
}

/// <summary>
/// What to do after an invocation: so many records are done, these batches come next in this order, or the batch is given up.
/// </summary>
/// <param name="Done">How many records from the start of the batch are done.</param>
/// <param name="Next">What comes next, in this order.</param>
/// <param name="GivenUp">Whether what is left of the batch is given up.</param>
internal sealed record RetryDecision(int Done, IReadOnlyList<PendingBatch> Next, bool GivenUp);

/// <summary>The rules of retrying: budget, bisecting, age. They decide and do nothing.</summary>
/// <param name="maximumRetryAttempts">How often a failed batch is tried again; -1 without end.</param>
/// <param name="maximumRecordAge">Records older than this are given up; null for no limit.</param>
/// <param name="bisectOnFunctionError">Whether a batch that failed is halved.</param>
internal sealed class BatchRetry(int maximumRetryAttempts, TimeSpan? maximumRecordAge, bool bisectOnFunctionError)
{
    /// <summary>Whether what has failed so often in a row, for so long, is not tried again.</summary>
    public bool IsUsedUp(int failures, TimeSpan duration) =>
        (maximumRetryAttempts >= 0 && failures > maximumRetryAttempts) || (maximumRecordAge is { } limit && duration > limit);

    /// <summary>How many records at the head of a batch are too old to be sent (again).</summary>
    public int Expired(PendingBatch batch, DateTimeOffset now)
    {
        if (maximumRecordAge is not { } limit)
            return 0;
        var expired = 0;
        while (expired < batch.Count && now - batch.Records[expired].CreatedAt > limit)
            expired++;
        return expired;
    }

    /// <summary>What to do after an invocation.</summary>
    /// <param name="batch">The batch that the function was given.</param>
    /// <param name="outcome">What became of it.</param>
    public RetryDecision After(PendingBatch batch, BatchOutcome outcome)
    {
        if (outcome.Succeeded)
            return new(batch.Count, [], GivenUp: false);

        // The batch got shorter: what is left of it is another batch, with a budget of its own.
        if (outcome.Done > 0)
            return new(outcome.Done, [new(batch.Records[outcome.Done..])], GivenUp: false);

        // Halving does not use up the budget. It also applies when the first record was reported, for there is nothing before it
        // to split off, and without halving it would take the good records behind it along when the budget ends.
        if (bisectOnFunctionError && batch.Count > 1)
            return new(0, Halves(batch), GivenUp: false);

        var attempts = batch.Attempts + 1;
        return maximumRetryAttempts >= 0 && attempts > maximumRetryAttempts
            ? new(0, [], GivenUp: true)
            : new(0, [batch with { Attempts = attempts }], GivenUp: false);
    }

    /// <summary>The two halves of a batch, the earlier one first.</summary>
    public static IReadOnlyList<PendingBatch> Halves(PendingBatch batch)
    {
        var middle = batch.Count / 2;
        return [new(batch.Records[..middle]), new(batch.Records[middle..])];
    }
}
