using System.Globalization;
using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB.Http;
using NotifyQuery.DynamoDB.Reconciliation;

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
public sealed record KeptFailure(
    string Id, string ErrorType, string ErrorMessage, int Attempts, bool Resolved, string? Resolution, string? TransactionId, string? CreatedAt, string? Record,
    bool RecordIsCut = false);

/// <summary>Reads and settles projection-failures.</summary>
public sealed class FailureLog(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    /// <summary>The letters of some days, newest first.</summary>
    /// <param name="days">How many days back, from today (UTC).</param>
    /// <param name="withResolved">Whether settled ones are among them.</param>
    /// <param name="cancellationToken">Stops between two pages.</param>
    public async IAsyncEnumerable<KeptFailure> ListAsync(int days, bool withResolved, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        for (var back = 0; back < days; back++)
        {
            var request = new QueryRequest
            {
                TableName = tables.ProjectionFailures,
                KeyConditionExpression = "failure_day = :day",
                FilterExpression = withResolved ? null : "resolved = :false",
                ExpressionAttributeValues = new() { [":day"] = new(today.AddDays(-back).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)) },
                ScanIndexForward = false,
            };
            if (!withResolved) request.ExpressionAttributeValues[":false"] = new() { BOOL = false };
            do
            {
                var response = await client.QueryAsync(request, cancellationToken).ConfigureAwait(false);
                foreach (var item in response.Items ?? []) yield return Read(item);
                request.ExclusiveStartKey = response.LastEvaluatedKey;
            }
            while (request.ExclusiveStartKey is { Count: > 0 });
        }
    }

    /// <summary>How many letters of today and yesterday (UTC, by the time of their change) are not settled: of each day, those that one read reaches.</summary>
    /// <returns>The number, and whether there may be more.</returns>
    public async Task<(int Count, bool More)> CountUnsettledAsync(CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var (count, more) = (0, false);
        foreach (var day in (DateOnly[])[today, today.AddDays(-1)])
        {
            var response = await client.QueryAsync(new QueryRequest
            {
                TableName = tables.ProjectionFailures,
                Select = Select.COUNT,
                KeyConditionExpression = "failure_day = :day",
                FilterExpression = "resolved = :false",
                ExpressionAttributeValues = new()
                {
                    [":day"] = new(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
                    [":false"] = new() { BOOL = false },
                },
                ScanIndexForward = false,
            }, cancellationToken).ConfigureAwait(false);
            count += response.Count ?? 0;
            more |= response.LastEvaluatedKey is { Count: > 0 };
        }

        return (count, more);
    }

    /// <summary>One letter; null if there is none of this id.</summary>
    public async Task<KeptFailure?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (KeyOf(id) is not { } key) return null;
        var response = await client.GetItemAsync(tables.ProjectionFailures, key, true, cancellationToken).ConfigureAwait(false);
        return response.Item is { Count: > 0 } item ? Read(item) : null;
    }

    /// <summary>
    /// Projects the current state of the letter's command, never what the letter holds, which may be old; settles the letter, or notes
    /// another try that failed.
    /// </summary>
    /// <returns>Why it failed again; null when it is settled.</returns>
    public async Task<string?> RetryAsync(KeptFailure letter, Reconciler reconciliation, CancellationToken cancellationToken)
    {
        var problem = await ProjectAsync(letter, reconciliation, cancellationToken).ConfigureAwait(false);
        await (problem is null ? ResolveAsync(letter, "retried", cancellationToken) : FailAgainAsync(letter, problem, cancellationToken)).ConfigureAwait(false);
        return problem;
    }

    /// <summary>Marks a letter as settled. What it held is dropped: the command has it, or is gone.</summary>
    public Task ResolveAsync(KeptFailure letter, string resolution, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return UpdateAsync(letter,
            $"SET resolved = :true, resolution = :text, resolved_at = :now, {DeadLetterRetention.Attribute} = :expires REMOVE #record, record_gzip",
            new()
            {
                [":true"] = new() { BOOL = true },
                [":text"] = new(resolution),
                [":now"] = new(Timestamp.Format(now)),
                [":expires"] = DeadLetterRetention.At(now + DeadLetterRetention.Settled),
            },
            cancellationToken,
            new() { ["#record"] = "record" });
    }

    private static async Task<string?> ProjectAsync(KeptFailure letter, Reconciler reconciliation, CancellationToken cancellationToken)
    {
        if (letter is not { TransactionId: { Length: > 0 } transactionId, CreatedAt: { Length: > 0 } createdAt })
            return "the stream record names no command: discard it once its cause is known";
        try
        {
            var image = await reconciliation.RepairCommandAsync(new(transactionId, createdAt), new(), cancellationToken).ConfigureAwait(false);
            return image is null or { Problems.Count: 0 } ? null : string.Join("; ", image.Problems);
        }
        catch (AmazonDynamoDBException exception) when (DynamoDBFaults.IsRefusal(exception))
        {
            return $"the stream record names no command that the table could hold: {exception.Message}"; // one odd letter must not end a retry of all
        }
    }

    private Task FailAgainAsync(KeptFailure letter, string errorMessage, CancellationToken cancellationToken) => UpdateAsync(letter,
        "SET error_message = :text ADD attempts :one",
        new() { [":text"] = new(DynamoDBDeadLetters.Message(errorMessage)), [":one"] = new() { N = "1" } }, cancellationToken);

    private Task UpdateAsync(
        KeptFailure letter, string expression, Dictionary<string, AttributeValue> values, CancellationToken cancellationToken, Dictionary<string, string>? names = null) =>
        client.UpdateItemAsync(new UpdateItemRequest
        {
            TableName = tables.ProjectionFailures,
            Key = KeyOf(letter.Id),
            UpdateExpression = expression,
            ExpressionAttributeNames = names,
            ExpressionAttributeValues = values,
            ConditionExpression = "attribute_exists(failed_at)",
        }, cancellationToken);

    internal static Dictionary<string, AttributeValue>? KeyOf(string id) => id.Length < 11
        ? null
        : new() { ["failure_day"] = new(Timestamp.DayOf(id)), ["failed_at"] = new(id) };

    /// <summary>Reads a letter. One that lacks something, because somebody else wrote it, is shown all the same.</summary>
    internal static KeptFailure Read(Dictionary<string, AttributeValue> item)
    {
        return new(
            item["failed_at"].S,
            Text("error_type") ?? "Unknown",
            Text("error_message") ?? "",
            int.TryParse(item.GetValueOrDefault("attempts")?.N, NumberStyles.None, CultureInfo.InvariantCulture, out var attempts) ? attempts : 0,
            item.GetValueOrDefault("resolved")?.BOOL is true,
            Text("resolution"),
            Text(AttributeNames.TransactionId),
            Text(AttributeNames.CreatedAt),
            item.GetValueOrDefault(RecordText.CompressedName)?.B is { } compressed ? RecordText.Decompress(compressed) : Text("record"),
            item.GetValueOrDefault("record_truncated")?.BOOL is true);

        string? Text(string name) => item.GetValueOrDefault(name)?.S is { } text && !LoneSurrogates.IsIn(text) ? text : null;
    }
}
