using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.DynamoDB;

/// <summary>Reads projection-failures, and writes the result of retries and resolutions to its letters.</summary>
/// <param name="client">The DynamoDB client.</param>
/// <param name="tables">The tables' names.</param>
/// <param name="time">The clock.</param>
public sealed class FailureLog(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    private const string Exists = $"attribute_exists({FailureItem.FailedAt})";

    /// <summary>The letters of the last days, newest first.</summary>
    /// <param name="days">The number of days, back from today (UTC).</param>
    /// <param name="withResolved">Whether to include resolved letters.</param>
    /// <param name="cancellationToken">Stops reading between two pages.</param>
    public async IAsyncEnumerable<StoredDeadLetter> ListAsync(
        int days,
        bool withResolved,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        for (var back = 0; back < days; back++)
        {
            var request = FailureQuery.OfDay(tables, today.AddDays(-back));
            if (!withResolved)
                FailureQuery.FilterUnsettled(request, run: null);
            await foreach (var letter in ReadPagesAsync(request, cancellationToken).ConfigureAwait(false))
                yield return letter;
        }
    }

    /// <summary>
    /// The unresolved letters of a window, newest first, including those that this run has resolved. At most one page is in memory.
    /// </summary>
    /// <param name="window">The time range.</param>
    /// <param name="withResolved">Whether to include all resolved letters.</param>
    /// <param name="withRecord">Whether to read the stream records.</param>
    /// <param name="run">The run; null for none.</param>
    /// <param name="cancellationToken">Stops reading between two pages.</param>
    public async IAsyncEnumerable<StoredDeadLetter> ReadAsync(
        FailureWindow window,
        bool withResolved,
        bool withRecord,
        string? run,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        // The time of a letter is the time of the change by the engine's clock, which may be ahead of ours. The read starts one day ahead.
        var last = DateOnly.FromDateTime((window.Until ?? time.GetUtcNow().AddDays(1)).UtcDateTime);
        for (var day = last; day >= DateOnly.FromDateTime(window.Since.UtcDateTime); day = day.AddDays(-1))
        {
            var request = FailureQuery.OfDay(tables, day);
            request.ConsistentRead = true; // so that letters that this run has resolved are not processed again
            request.KeyConditionExpression += $" AND {FailureItem.FailedAt} BETWEEN :since AND :until";
            request.ExpressionAttributeValues[":since"] = new(Timestamp.Format(window.Since));
            // A sort key is a time, # and an id. Keys with exactly this time sort after the bare time, so the bound is exclusive.
            request.ExpressionAttributeValues[":until"] = new(window.Until is { } until ? Timestamp.Format(until) : "~");
            if (!withResolved)
                FailureQuery.FilterUnsettled(request, run);
            if (!withRecord)
                request.ProjectionExpression = FailureItem.WithoutRecord;
            await foreach (var letter in ReadPagesAsync(request, cancellationToken).ConfigureAwait(false))
                yield return letter;
        }
    }

    /// <summary>
    /// The number of unresolved letters of today and yesterday (UTC, by the time of their change). Counts only what one read per day
    /// returns.
    /// </summary>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>The number, and whether there may be more.</returns>
    public async Task<(int Count, bool More)> CountUnsettledAsync(CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var (count, more) = (0, false);
        foreach (var day in (DateOnly[])[today, today.AddDays(-1)])
        {
            var request = FailureQuery.OfDay(tables, day);
            FailureQuery.FilterUnsettled(request, run: null);
            request.Select = Select.COUNT;
            var response = await client.QueryAsync(request, cancellationToken).ConfigureAwait(false);
            count += response.Count ?? 0;
            more |= response.LastEvaluatedKey is { Count: > 0 };
        }

        return (count, more);
    }

    /// <summary>One letter; null if none has this id.</summary>
    public async Task<StoredDeadLetter?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (FailureItem.KeyOf(id) is not { } key)
            return null;
        var response = await client.GetItemAsync(tables.ProjectionFailures, key, true, cancellationToken).ConfigureAwait(false);
        return response.Item is { Count: > 0 } item ? FailureItem.Read(item) : null;
    }

    /// <summary>Reads all letters in no particular order, including resolved ones. At most one page of each segment is in memory.</summary>
    /// <param name="segments">The number of segments that are read concurrently.</param>
    /// <param name="page">Called for each page.</param>
    /// <param name="cancellationToken">Stops reading between two pages.</param>
    public Task ScanAsync(
        int segments,
        Func<IEnumerable<StoredDeadLetter>, CancellationToken, Task> page,
        CancellationToken cancellationToken
    ) =>
        TableScan.ReadAsync(
            client,
            new() { TableName = tables.ProjectionFailures },
            segments,
            null,
            (items, stop) => page(items.Select(FailureItem.Read), stop),
            cancellationToken
        );

    /// <summary>Writes the result of a retry to a letter: marks it as resolved, or counts another failed attempt.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="problem">Why it failed; null to mark it as resolved.</param>
    /// <param name="run">The run that this is part of; null for none.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    public Task NoteAsync(StoredDeadLetter letter, string? problem, string? run, CancellationToken cancellationToken) =>
        problem is null
            ? ResolveAsync(letter, "retried", cancellationToken, run)
            : UpdateAsync(
                letter,
                $"SET {FailureItem.ErrorMessage} = :text{SetRun(run)} ADD {FailureItem.Attempts} :one",
                new()
                {
                    [":text"] = new(FailureItem.Message(problem)),
                    [":one"] = new() { N = "1" },
                },
                run,
                cancellationToken
            );

    /// <summary>
    /// Marks a letter as resolved and removes the content of the command, which is in command-records unless it was deleted.
    /// </summary>
    /// <param name="letter">The letter.</param>
    /// <param name="resolution">How it was resolved.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    /// <param name="run">The run that this is part of; null for none.</param>
    public Task ResolveAsync(StoredDeadLetter letter, string resolution, CancellationToken cancellationToken, string? run = null)
    {
        var now = time.GetUtcNow();
        return UpdateAsync(
            letter,
            $"SET {FailureItem.Resolved} = :true, {FailureItem.Resolution} = :text, {FailureItem.ResolvedAt} = :now, "
                + $"{FailureItem.ExpiresAt} = :expires{SetRun(run)} REMOVE #record, {FailureItem.CompressedRecord}",
            new()
            {
                [":true"] = new() { BOOL = true },
                [":text"] = new(resolution),
                [":now"] = new(Timestamp.Format(now)),
                [":expires"] = FailureItem.Seconds(now + DeadLetterRetention.Settled),
            },
            run,
            cancellationToken,
            new() { ["#record"] = FailureItem.Record }
        );
    }

    /// <summary>Removes the stream record from a letter. The other attributes do not change.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    /// <exception cref="ConditionalCheckFailedException">The letter no longer exists.</exception>
    public Task DropRecordAsync(StoredDeadLetter letter, CancellationToken cancellationToken) =>
        UpdateAsync(
            letter,
            $"REMOVE #record, {FailureItem.CompressedRecord}",
            [],
            null,
            cancellationToken,
            new() { ["#record"] = FailureItem.Record }
        );

    /// <summary>Removes a letter, if it exists.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    public Task RemoveAsync(StoredDeadLetter letter, CancellationToken cancellationToken) =>
        client.DeleteItemAsync(
            new DeleteItemRequest { TableName = tables.ProjectionFailures, Key = FailureItem.KeyOf(letter.Id) },
            cancellationToken
        );

    private async IAsyncEnumerable<StoredDeadLetter> ReadPagesAsync(
        QueryRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        do
        {
            var response = await client.QueryAsync(request, cancellationToken).ConfigureAwait(false);
            foreach (var item in response.Items ?? [])
                yield return FailureItem.Read(item);
            request.ExclusiveStartKey = response.LastEvaluatedKey;
        } while (request.ExclusiveStartKey is { Count: > 0 });
    }

    private static string SetRun(string? run) => run is null ? "" : $", {FailureItem.LastRun} = :run";

    private Task UpdateAsync(
        StoredDeadLetter letter,
        string expression,
        Dictionary<string, AttributeValue> values,
        string? run,
        CancellationToken cancellationToken,
        Dictionary<string, string>? names = null
    )
    {
        if (run is not null)
            values[":run"] = new(run);
        return client.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = tables.ProjectionFailures,
                Key = FailureItem.KeyOf(letter.Id),
                UpdateExpression = expression,
                ExpressionAttributeNames = names,
                ExpressionAttributeValues = values.Count > 0 ? values : null,
                // One update for each run: the SDK retries a write that succeeded but whose response was lost.
                ConditionExpression = run is null
                    ? Exists
                    : $"{Exists} AND (attribute_not_exists({FailureItem.LastRun}) OR {FailureItem.LastRun} <> :run)",
            },
            cancellationToken
        );
    }
}
