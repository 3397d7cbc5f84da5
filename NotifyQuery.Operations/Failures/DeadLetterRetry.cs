using Amazon.DynamoDBv2;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Reconciliation;

namespace NotifyQuery.Operations.Failures;

/// <summary>
/// Retries dead letters. A retry projects the current state of the command, never the content of the dead letter, which may be outdated.
/// </summary>
public static class DeadLetterRetry
{
    /// <summary>The maximum number of dead letters in one call.</summary>
    public const int MostAtOnce = 25;

    /// <summary>Retries a dead letter. Settles it, or records another failed attempt.</summary>
    /// <param name="log">The store of the dead letter.</param>
    /// <param name="letter">The dead letter.</param>
    /// <param name="reconciliation">Projects the command.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <returns>The reason of the failure; null if the dead letter is settled.</returns>
    public static async Task<string?> RetryAsync(
        this FailureLog log,
        StoredDeadLetter letter,
        Reconciler reconciliation,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(log);
        var problem = (await ProjectAsync([letter], reconciliation, cancellationToken).ConfigureAwait(false))[0];
        await log.NoteAsync(letter, problem, null, cancellationToken).ConfigureAwait(false);
        return problem;
    }

    /// <summary>
    /// Projects the current state of the commands of some dead letters, as <see cref="RetryAsync"/> does, but does not update the dead
    /// letters.
    /// </summary>
    /// <param name="letters">The dead letters, at most <see cref="MostAtOnce"/>.</param>
    /// <param name="reconciliation">Projects the commands.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <returns>For each dead letter the reason of the failure, or null if it can be settled.</returns>
    public static Task<IReadOnlyList<string?>> ProjectAsync(
        IReadOnlyList<StoredDeadLetter> letters,
        Reconciler reconciliation,
        CancellationToken cancellationToken
    ) => ProblemsAsync(letters, commands => reconciliation.RepairCommandsAsync(commands, new(), cancellationToken));

    /// <summary>The result that <see cref="ProjectAsync"/> would return, without any write.</summary>
    /// <inheritdoc cref="ProjectAsync" />
    public static Task<IReadOnlyList<string?>> PreviewAsync(
        IReadOnlyList<StoredDeadLetter> letters,
        Reconciler reconciliation,
        CancellationToken cancellationToken
    ) => ProblemsAsync(letters, commands => reconciliation.ProblemsAsync(commands, cancellationToken));

    /// <summary>The command of a dead letter; null if its stream record names no command.</summary>
    internal static CommandKey? CommandOf(StoredDeadLetter letter) =>
        letter is { TransactionId: { Length: > 0 } transactionId, CreatedAt: { Length: > 0 } createdAt }
            ? new(transactionId, createdAt)
            : null;

    private static async Task<IReadOnlyList<string?>> ProblemsAsync(
        IReadOnlyList<StoredDeadLetter> letters,
        Func<IReadOnlyCollection<CommandKey>, Task<IReadOnlyDictionary<CommandKey, string>>> look
    )
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
            // One bad dead letter must not fail all others: process each command separately.
            problems = [];
            foreach (var command in commands)
            foreach (var (key, problem) in await LookAtOneAsync(command).ConfigureAwait(false))
                problems[key] = problem;
        }
        catch (AmazonDynamoDBException exception) when (commands.Count == 1 && DynamoDBFaults.IsRefusal(exception))
        {
            problems = new() { [commands[0]] = Refused(exception) };
        }

        return
        [
            .. letters.Select(letter =>
                CommandOf(letter) is { } command
                    ? problems.GetValueOrDefault(command)
                    : "the stream record names no command: discard the dead letter once its cause is known"
            ),
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
}
