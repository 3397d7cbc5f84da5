using System.Globalization;
using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB.Http;
using NotifyQuery.DynamoDB.Reconciliation;

namespace NotifyQuery.DynamoDB;

/// <summary>Reads and settles projection-failures.</summary>
public sealed class FailureLog(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    /// <summary>The most letters that are tried in one go.</summary>
    public const int MostAtOnce = 25;

    /// <summary>The attribute that tells when a letter was written.</summary>
    internal const string KeptAt = "kept_at";

    private const string Run = "last_run";

    // All but the record, which is most of a letter.
    private const string WithoutRecord =
        $"failed_at, error_type, error_message, attempts, resolved, resolution, {AttributeNames.TransactionId}, "
            + $"{AttributeNames.CreatedAt}, {KeptAt}, {Run}";

    /// <summary>The letters of some days, newest first.</summary>
    /// <param name="days">How many days back, from today (UTC).</param>
    /// <param name="withResolved">Whether settled ones are among them.</param>
    /// <param name="cancellationToken">Stops between two pages.</param>
    public async IAsyncEnumerable<StoredDeadLetter> ListAsync(int days, bool withResolved,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        for (var back = 0; back < days; back++)
        {
            var request = DayRequest(today.AddDays(-back));
            if (!withResolved) FilterUnsettled(request, run: null);
            await foreach (var letter in ReadPagesAsync(request, cancellationToken).ConfigureAwait(false)) yield return letter;
        }
    }

    /// <summary>
    /// The letters of a window that are not settled, newest first, and those that a run has settled. No more than a page is in memory.
    /// </summary>
    /// <param name="window">Which times.</param>
    /// <param name="withResolved">Whether all that are settled are among them.</param>
    /// <param name="withRecord">Whether their stream records are read.</param>
    /// <param name="run">The run; null for none.</param>
    /// <param name="cancellationToken">Stops between two pages.</param>
    public async IAsyncEnumerable<StoredDeadLetter> ReadAsync(
        FailureWindow window, bool withResolved, bool withRecord, string? run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A letter has the time of its change, by the engine's clock: that may be ahead of ours.
        var last = DateOnly.FromDateTime((window.Until ?? time.GetUtcNow().AddDays(1)).UtcDateTime);
        for (var day = last; day >= DateOnly.FromDateTime(window.Since.UtcDateTime); day = day.AddDays(-1))
        {
            var request = DayRequest(day);
            request.ConsistentRead = true; // what this run has settled is not taken up again
            request.KeyConditionExpression += " AND failed_at BETWEEN :since AND :until";
            request.ExpressionAttributeValues[":since"] = new(Timestamp.Format(window.Since));
            // A sort key goes on behind its time: those of this very moment are after it.
            request.ExpressionAttributeValues[":until"] = new(window.Until is { } until ? Timestamp.Format(until) : "~");
            if (!withResolved) FilterUnsettled(request, run);
            if (!withRecord) request.ProjectionExpression = WithoutRecord;
            await foreach (var letter in ReadPagesAsync(request, cancellationToken).ConfigureAwait(false)) yield return letter;
        }
    }

    private QueryRequest DayRequest(DateOnly day) => new()
    {
        TableName = tables.ProjectionFailures,
        KeyConditionExpression = "failure_day = :day",
        ExpressionAttributeValues = new() { [":day"] = new(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)) },
        ScanIndexForward = false,
    };

    private static void FilterUnsettled(QueryRequest request, string? run)
    {
        request.FilterExpression = run is null ? "resolved = :false" : $"resolved = :false OR {Run} = :run";
        request.ExpressionAttributeValues[":false"] = new() { BOOL = false };
        if (run is not null) request.ExpressionAttributeValues[":run"] = new(run);
    }

    private async IAsyncEnumerable<StoredDeadLetter> ReadPagesAsync(QueryRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        do
        {
            var response = await client.QueryAsync(request, cancellationToken).ConfigureAwait(false);
            foreach (var item in response.Items ?? []) yield return Read(item);
            request.ExclusiveStartKey = response.LastEvaluatedKey;
        }
        while (request.ExclusiveStartKey is { Count: > 0 });
    }

    /// <summary>
    /// How many letters of today and yesterday (UTC, by the time of their change) are not settled: of each day, those that one read
    /// reaches.
    /// </summary>
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
    public async Task<StoredDeadLetter?> FindAsync(string id, CancellationToken cancellationToken)
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
    public async Task<string?> RetryAsync(StoredDeadLetter letter, Reconciler reconciliation, CancellationToken cancellationToken)
    {
        var problem = (await ProjectAsync([letter], reconciliation, cancellationToken).ConfigureAwait(false))[0];
        await NoteAsync(letter, problem, null, cancellationToken).ConfigureAwait(false);
        return problem;
    }

    /// <summary>
    /// Projects the current states of the commands of some letters, as <see cref="RetryAsync"/> does, without a note in the letters.
    /// </summary>
    /// <param name="letters">At most <see cref="MostAtOnce"/>.</param>
    /// <param name="reconciliation">Projects.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <returns>Why each failed again; null for one that can be settled.</returns>
    public static Task<IReadOnlyList<string?>> ProjectAsync(IReadOnlyList<StoredDeadLetter> letters, Reconciler reconciliation,
        CancellationToken cancellationToken) =>
        ProblemsAsync(letters, commands => reconciliation.RepairCommandsAsync(commands, new(), cancellationToken));

    /// <summary>What <see cref="ProjectAsync"/> would say, without a write.</summary>
    /// <inheritdoc cref="ProjectAsync" />
    public static Task<IReadOnlyList<string?>> PreviewAsync(IReadOnlyList<StoredDeadLetter> letters, Reconciler reconciliation,
        CancellationToken cancellationToken) =>
        ProblemsAsync(letters, commands => reconciliation.ProblemsAsync(commands, cancellationToken));

    /// <summary>Notes in a letter what came of a retry: settles it, or counts another try that failed.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="problem">Why it failed; null to settle it.</param>
    /// <param name="run">The run over many letters that this is part of; null for none.</param>
    /// <param name="cancellationToken">Ends the write.</param>
    public Task NoteAsync(StoredDeadLetter letter, string? problem, string? run, CancellationToken cancellationToken) => problem is null
        ? ResolveAsync(letter, "retried", cancellationToken, run)
        : UpdateAsync(
            letter,
            $"SET error_message = :text{(run is null ? "" : $", {Run} = :run")} ADD attempts :one",
            new() { [":text"] = new(DynamoDBDeadLetters.Message(problem)), [":one"] = new() { N = "1" } },
            run,
            cancellationToken);

    /// <summary>Marks a letter as settled. What it held is dropped: the command has it, or is gone.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="resolution">How.</param>
    /// <param name="cancellationToken">Ends the write.</param>
    /// <param name="run">The run over many letters that this is part of; null for none.</param>
    public Task ResolveAsync(StoredDeadLetter letter, string resolution, CancellationToken cancellationToken, string? run = null)
    {
        var now = time.GetUtcNow();
        return UpdateAsync(letter,
            $"SET resolved = :true, resolution = :text, resolved_at = :now, {DeadLetterRetention.Attribute} = "
                + $":expires{(run is null ? "" : $", {Run} = :run")} REMOVE #record, record_gzip",
            new()
            {
                [":true"] = new() { BOOL = true },
                [":text"] = new(resolution),
                [":now"] = new(Timestamp.Format(now)),
                [":expires"] = DeadLetterRetention.At(now + DeadLetterRetention.Settled),
            },
            run,
            cancellationToken,
            new() { ["#record"] = "record" });
    }

    private static async Task<IReadOnlyList<string?>> ProblemsAsync(
        IReadOnlyList<StoredDeadLetter> letters, Func<IReadOnlyCollection<CommandKey>, Task<IReadOnlyDictionary<CommandKey, string>>> look)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(letters.Count, MostAtOnce);
        var commands = letters.Select(CommandOf).OfType<CommandKey>().Distinct().ToList();
        Dictionary<CommandKey, string> problems;
        try
        {
            problems = new(await look(commands).ConfigureAwait(false));
        }
        catch (AmazonDynamoDBException exception) when (commands.Count > 1 && DynamoDBFaults.IsRefusal(exception))
        {
            // One odd letter must not end a retry of all: each by itself.
            problems = [];
            foreach (var command in commands)
                foreach (var (key, problem) in await LookAtOneAsync(command).ConfigureAwait(false)) problems[key] = problem;
        }
        catch (AmazonDynamoDBException exception) when (commands.Count == 1 && DynamoDBFaults.IsRefusal(exception))
        {
            problems = new() { [commands[0]] = Refused(exception) };
        }

        return
        [
            .. letters.Select(letter => CommandOf(letter) is { } command
                ? problems.GetValueOrDefault(command)
                : "the stream record names no command: discard it once its cause is known"),
        ];

        async Task<IReadOnlyDictionary<CommandKey, string>> LookAtOneAsync(CommandKey command)
        {
            try
            {
                return await look([command]).ConfigureAwait(false);
            }
            catch (AmazonDynamoDBException exception) when (DynamoDBFaults.IsRefusal(exception))
            {
                return new Dictionary<CommandKey, string> { [command] = Refused(exception) };
            }
        }

        static string Refused(Exception exception) => $"the stream record names no command that the table could hold: {exception.Message}";
    }

    private static CommandKey? CommandOf(StoredDeadLetter letter) =>
        letter is { TransactionId: { Length: > 0 } transactionId, CreatedAt: { Length: > 0 } createdAt } ? new(transactionId, createdAt)
            : null;

    private Task UpdateAsync(
        StoredDeadLetter letter, string expression, Dictionary<string, AttributeValue> values, string? run,
        CancellationToken cancellationToken,
        Dictionary<string, string>? names = null)
    {
        if (run is not null) values[":run"] = new(run);
        return client.UpdateItemAsync(new UpdateItemRequest
        {
            TableName = tables.ProjectionFailures,
            Key = KeyOf(letter.Id),
            UpdateExpression = expression,
            ExpressionAttributeNames = names,
            ExpressionAttributeValues = values,
            // Once for each run: the SDK repeats a write that was made but not answered.
            ConditionExpression = run is null
                ? "attribute_exists(failed_at)"
                : $"attribute_exists(failed_at) AND (attribute_not_exists({Run}) OR {Run} <> :run)",
        }, cancellationToken);
    }

    internal static Dictionary<string, AttributeValue>? KeyOf(string id) => id.Length < 11
        ? null
        : new() { ["failure_day"] = new(Timestamp.DayOf(id)), ["failed_at"] = new(id) };

    /// <summary>Reads a letter. One that lacks something, because somebody else wrote it, is shown all the same.</summary>
    internal static StoredDeadLetter Read(Dictionary<string, AttributeValue> item)
    {
        return new(
            item["failed_at"].S,
            Text("error_type") ?? "Unknown",
            Text("error_message") ?? "",
            int.TryParse(item.GetValueOrDefault("attempts")?.N, NumberStyles.None, CultureInfo.InvariantCulture, out var attempts)
                ? attempts : 0,
            item.GetValueOrDefault("resolved")?.BOOL is true,
            Text("resolution"),
            Text(AttributeNames.TransactionId),
            Text(AttributeNames.CreatedAt),
            item.GetValueOrDefault(RecordText.CompressedName)?.B is { } compressed ? RecordText.Decompress(compressed) : Text("record"),
            item.GetValueOrDefault("record_truncated")?.BOOL is true,
            Text(KeptAt),
            Text(Run));

        string? Text(string name) => item.GetValueOrDefault(name)?.S is { } text && !LoneSurrogates.IsIn(text) ? text : null;
    }
}
