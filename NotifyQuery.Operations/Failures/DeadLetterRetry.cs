using Amazon.DynamoDBv2;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Reconciliation;

namespace NotifyQuery.Operations.Failures;

/// <summary>
/// Tries dead letters again: projects the current state of each one's command, never what the letter holds, which may be old.
/// </summary>
public static class DeadLetterRetry
{
    /// <summary>The most letters that are tried in one go.</summary>
    public const int MostAtOnce = 25;

    /// <summary>Tries a letter again; settles it, or notes another try that failed.</summary>
    /// <param name="log">Where the letter is kept.</param>
    /// <param name="letter">The letter.</param>
    /// <param name="reconciliation">Projects.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <returns>Why it failed again; null when it is settled.</returns>
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
    /// Projects the current states of the commands of some letters, as <see cref="RetryAsync"/> does, without a note in the letters.
    /// </summary>
    /// <param name="letters">At most <see cref="MostAtOnce"/>.</param>
    /// <param name="reconciliation">Projects.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <returns>Why each failed again; null for one that can be settled.</returns>
    public static Task<IReadOnlyList<string?>> ProjectAsync(
        IReadOnlyList<StoredDeadLetter> letters,
        Reconciler reconciliation,
        CancellationToken cancellationToken
    ) => ProblemsAsync(letters, commands => reconciliation.RepairCommandsAsync(commands, new(), cancellationToken));

    /// <summary>What <see cref="ProjectAsync"/> would say, without a write.</summary>
    /// <inheritdoc cref="ProjectAsync" />
    public static Task<IReadOnlyList<string?>> PreviewAsync(
        IReadOnlyList<StoredDeadLetter> letters,
        Reconciler reconciliation,
        CancellationToken cancellationToken
    ) => ProblemsAsync(letters, commands => reconciliation.ProblemsAsync(commands, cancellationToken));

    /// <summary>The command that a letter is about; null when its stream record names none.</summary>
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
            // One odd letter must not end a retry of all: each by itself.
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
                    : "the stream record names no command: discard it once its cause is known"
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
