namespace NotifyQuery.EventSource.Rules;

/// <summary>Why records were stored as dead letters. The names are AWS's, as in an on-failure message.</summary>
internal enum DiscardCondition
{
    /// <summary>The batch has reached the maximum number of retries.</summary>
    RetryAttemptsExhausted,

    /// <summary>A record has exceeded the maximum age.</summary>
    RecordAgeExceeded,

    /// <summary>A single record exceeds the payload limit of an invocation. AWS has no name for this.</summary>
    PayloadSizeExceeded,
}

/// <summary>
/// What to do after an invocation: some records are done, and either these batches come next or the batch is not retried.
/// </summary>
/// <param name="Done">The number of records from the start of the batch that are done.</param>
/// <param name="Next">The next batches, in this order.</param>
/// <param name="GivenUp">Whether the rest of the batch is stored as dead letters.</param>
internal sealed record RetryDecision(int Done, IReadOnlyList<PendingBatch> Next, bool GivenUp);

/// <summary>The retry rules: attempts, bisecting, age. Pure decisions without side effects.</summary>
/// <param name="maximumRetryAttempts">The maximum number of retries of a failed batch; -1 for no limit.</param>
/// <param name="maximumRecordAge">Records older than this are not sent (again); null for no limit.</param>
/// <param name="bisectOnFunctionError">Whether to halve a failed batch.</param>
internal sealed class BatchRetry(int maximumRetryAttempts, TimeSpan? maximumRecordAge, bool bisectOnFunctionError)
{
    /// <summary>Whether the retry limits are used up after this many failures in a row, for this long.</summary>
    public bool IsUsedUp(int failures, TimeSpan duration) =>
        (maximumRetryAttempts >= 0 && failures > maximumRetryAttempts) || (maximumRecordAge is { } limit && duration > limit);

    /// <summary>The number of records at the start of a batch that are too old to be sent (again).</summary>
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
    /// <param name="batch">The batch that the function received.</param>
    /// <param name="outcome">The outcome of the batch.</param>
    public RetryDecision After(PendingBatch batch, BatchOutcome outcome)
    {
        if (outcome.Succeeded)
            return new(batch.Count, [], GivenUp: false);

        // Part of the batch is done: the rest is a new batch with its own retries.
        if (outcome.Done > 0)
            return new(outcome.Done, [new(batch.Records[outcome.Done..])], GivenUp: false);

        // Halving does not count as a retry. A batch is also halved when its first record failed. Otherwise the good records after the
        // first one would become dead letters together with it when the retries are used up.
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
