using Amazon.DynamoDBv2;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Failures;
using NotifyQuery.Operations.Reconciliation;

namespace NotifyQuery.Operations.Erasing;

/// <summary>
/// Removes what is kept of a user. The write side is the source: its commands are removed, and the projection follows. Then the dead
/// letters, and last what is still shown without a command. Safe to repeat; a command that is written meanwhile is found by the next run.
/// </summary>
/// <param name="client">The engine.</param>
/// <param name="tables">The tables' names.</param>
/// <param name="time">The clock.</param>
public sealed class Erasure(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    private readonly DynamoDBCommandRecords records = new(client, tables);
    private readonly FailureLog log = new(client, tables, time);

    /// <summary>Erases a user.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="segments">How many parts of a table are read at once.</param>
    /// <param name="settle">How long the projection is given to remove by itself what is shown.</param>
    /// <param name="report">Filled while it runs.</param>
    /// <param name="cancellationToken">Stops between two items.</param>
    public async Task EraseAsync(string userId, int segments, TimeSpan settle, ErasureReport report, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(userId);
        ArgumentNullException.ThrowIfNull(report);
        await records
            .ScanUserAsync(userId, segments, (page, stop) => RemoveCommandsAsync(page, userId, report, stop), cancellationToken)
            .ConfigureAwait(false);
        await log.ScanAsync(segments, (page, stop) => RemoveLettersAsync(page, userId, report, stop), cancellationToken)
            .ConfigureAwait(false);
        await new Reconciler(client, tables, time)
            .ReconcileAsync(
                new()
                {
                    UserId = userId,
                    Repair = true,
                    Settle = settle,
                    Segments = segments,
                },
                report.Shown,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private async Task RemoveCommandsAsync(
        IReadOnlyList<CommandKey> commands,
        string userId,
        ErasureReport report,
        CancellationToken cancellationToken
    )
    {
        foreach (var command in commands)
            if (await records.TryRemoveAsync(command, userId, cancellationToken).ConfigureAwait(false))
                report.AddCommand();
    }

    private async Task RemoveLettersAsync(
        IEnumerable<StoredDeadLetter> letters,
        string userId,
        ErasureReport report,
        CancellationToken cancellationToken
    )
    {
        foreach (var letter in letters)
        {
            if (letter.Record is null || !RecordUsers.Mentions(letter.Record, userId))
                continue;
            if (await IsOthersAsync(letter, cancellationToken).ConfigureAwait(false))
            {
                // The command went to another user, whose failure this is: it stays, and a retry reads the command.
                await log.DropRecordAsync(letter, cancellationToken).ConfigureAwait(false);
                report.AddRecord();
            }
            else
            {
                await log.RemoveAsync(letter, cancellationToken).ConfigureAwait(false);
                report.AddDeadLetter();
            }
        }
    }

    /// <summary>Whether the letter's command is there: the user's own are gone by now.</summary>
    private async Task<bool> IsOthersAsync(StoredDeadLetter letter, CancellationToken cancellationToken) =>
        DeadLetterRetry.CommandOf(letter) is { } command && await records.ExistsAsync(command, cancellationToken).ConfigureAwait(false);
}
