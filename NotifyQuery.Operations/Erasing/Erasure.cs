using Amazon.DynamoDBv2;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Failures;
using NotifyQuery.Operations.Reconciliation;

namespace NotifyQuery.Operations.Erasing;

/// <summary>
/// Removes all data of a user. First the user's commands, because the write side is the source: the projection follows. Then the dead
/// letters. Last the notifications that are still visible without a command. Safe to repeat: a command that is written during a run is
/// found by the next run.
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
    /// <param name="settle">How long the projection may take to remove the notifications by itself.</param>
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
                // The command now belongs to another user. The dead letter stays, but without its record. A retry reads the command.
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

    /// <summary>
    /// Whether the command of the dead letter exists. If so, it belongs to another user, because the user's own commands are already
    /// removed.
    /// </summary>
    private async Task<bool> IsOthersAsync(StoredDeadLetter letter, CancellationToken cancellationToken) =>
        DeadLetterRetry.CommandOf(letter) is { } command && await records.ExistsAsync(command, cancellationToken).ConfigureAwait(false);
}
