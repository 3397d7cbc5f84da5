using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Reconciliation;

namespace NotifyQuery.Operations.Failures;

/// <summary>
/// The operator's actions on many dead letters. They are read page by page and processed a few at a time, so memory does not grow with
/// their number. An interrupted run continues where it stopped: each dead letter stores the id of the run that last processed it.
/// </summary>
/// <param name="client">The engine.</param>
/// <param name="tables">The tables' names.</param>
/// <param name="time">The clock.</param>
public sealed class DeadLetterOperations(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    /// <summary>How many groups of at most <see cref="DeadLetterRetry.MostAtOnce"/> letters are processed at the same time.</summary>
    public const int StandardParallelism = 8;

    private readonly FailureLog log = new(client, tables, time);

    /// <summary>Counts dead letters by cause.</summary>
    /// <param name="selection">Selects the dead letters.</param>
    /// <param name="withResolved">Whether settled dead letters are counted too.</param>
    /// <param name="groups">Filled while it runs.</param>
    /// <param name="cancellationToken">Stops between two pages.</param>
    public async Task GroupAsync(FailureSelection selection, bool withResolved, FailureGroups groups, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(groups);
        await foreach (var letter in ReadAsync(selection, withResolved, cancellationToken).ConfigureAwait(false))
            groups.Add(letter);
    }

    /// <summary>The selected dead letters, newest first.</summary>
    /// <inheritdoc cref="GroupAsync" />
    public async IAsyncEnumerable<StoredDeadLetter> ReadAsync(
        FailureSelection selection,
        bool withResolved,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(selection);
        var letters = log.ReadAsync(selection.Window, withResolved, selection.NeedsRecord, null, cancellationToken);
        await foreach (var letter in letters.ConfigureAwait(false))
            if (selection.Matches(letter))
                yield return letter;
    }

    /// <summary>
    /// Retries or discards dead letters. Letters that were stored after the run began are not processed, even if the run is interrupted and
    /// continued.
    /// </summary>
    /// <param name="operation">The operation.</param>
    /// <param name="selection">Selects the dead letters.</param>
    /// <param name="options">The options.</param>
    /// <param name="report">Filled while it runs.</param>
    /// <param name="cancellationToken">Stops it; the next run continues.</param>
    public async Task RunAsync(
        FailureOperation operation,
        FailureSelection selection,
        FailureRunOptions options,
        FailureRunReport report,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(selection);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(report);
        var runs = new FailureRuns(client, tables, time);
        var name = NameOf(operation, selection, options);
        var run = options.DryRun
            ? null
            : await runs.BeginAsync(name, selection.Window, options.Restart, cancellationToken).ConfigureAwait(false);
        report.Run = run;
        var reconciler = new Reconciler(client, tables, time);
        var letters = SelectAsync(selection with { Window = run?.Window ?? selection.Window }, run, report, cancellationToken);
        await Parallel
            .ForEachAsync(
                ChunksAsync(letters, cancellationToken),
                new ParallelOptions { MaxDegreeOfParallelism = options.Parallelism, CancellationToken = cancellationToken },
                async (chunk, stop) =>
                {
                    var problems = (operation, options.DryRun) switch
                    {
                        (FailureOperation.Discard, _) => new string?[chunk.Length],
                        (_, true) => await DeadLetterRetry.PreviewAsync(chunk, reconciler, stop).ConfigureAwait(false),
                        _ => await DeadLetterRetry.ProjectAsync(chunk, reconciler, stop).ConfigureAwait(false),
                    };
                    foreach (var (letter, problem) in chunk.Zip(problems))
                    {
                        if (run is not null)
                            await NoteAsync(operation, letter, problem, run.Id, stop).ConfigureAwait(false);
                        if (problem is null)
                            report.AddSettled();
                        else
                            report.AddFailed(letter, problem);
                    }
                }
            )
            .ConfigureAwait(false);
        if (run is not null)
            await runs.EndAsync(name, cancellationToken).ConfigureAwait(false);
    }

    private async Task NoteAsync(
        FailureOperation operation,
        StoredDeadLetter letter,
        string? problem,
        string run,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await (
                operation is FailureOperation.Discard
                    ? log.ResolveAsync(letter, "discarded", cancellationToken, run)
                    : log.NoteAsync(letter, problem, run, cancellationToken)
            ).ConfigureAwait(false);
        }
        catch (ConditionalCheckFailedException)
        {
            // Erased or expired since it was read, or already marked by a write whose response was lost.
        }
    }

    private async IAsyncEnumerable<StoredDeadLetter> SelectAsync(
        FailureSelection selection,
        FailureRun? run,
        FailureRunReport report,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var began = run is null ? null : Timestamp.Format(run.StartedAt);
        var letters = log.ReadAsync(selection.Window, false, selection.NeedsRecord, run?.Id, cancellationToken);
        await foreach (var letter in letters.ConfigureAwait(false))
        {
            // A dead letter that this run has processed was selected before. The data that the selection needs may be gone by now.
            if (run is not null && letter.Run == run.Id)
                report.AddBefore(letter.Resolved);
            else if (!selection.Matches(letter))
                continue;
            else if (began is not null && string.CompareOrdinal(letter.KeptAt, began) > 0)
                report.AddArrived();
            else
                yield return letter;
        }
    }

    private static async IAsyncEnumerable<StoredDeadLetter[]> ChunksAsync(
        IAsyncEnumerable<StoredDeadLetter> letters,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var chunk = new List<StoredDeadLetter>(DeadLetterRetry.MostAtOnce);
        await foreach (var letter in letters.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            chunk.Add(letter);
            if (chunk.Count < DeadLetterRetry.MostAtOnce)
                continue;
            yield return [.. chunk];
            chunk.Clear();
        }

        if (chunk.Count > 0)
            yield return [.. chunk];
    }

    /// <summary>The name of a run: a hash, because the selection may contain personal data.</summary>
    private static string NameOf(FailureOperation operation, FailureSelection selection, FailureRunOptions options)
    {
        var types = string.Join(',', selection.ErrorTypes ?? []);
        var text = string.Join('\n', operation, selection.Error, types, selection.UserId, selection.TransactionId, options.WindowAsGiven);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}

/// <summary>The options of an operation on many dead letters.</summary>
public sealed record FailureRunOptions
{
    /// <summary>Whether this is a dry run, which changes nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whether to start from the beginning instead of continuing an interrupted run.</summary>
    public bool Restart { get; init; }

    /// <summary>How many groups of dead letters are processed at the same time.</summary>
    public int Parallelism { get; init; } = DeadLetterOperations.StandardParallelism;

    /// <summary>The window as it was entered: "the last 2 hours" an hour later is still the same run.</summary>
    public string WindowAsGiven { get; init; } = "";
}
