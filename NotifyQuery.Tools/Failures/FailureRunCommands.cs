using System.CommandLine;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Failures;
using NotifyQuery.Operations.Reconciliation;

namespace NotifyQuery.Tools.Failures;

/// <summary><c>failures retry</c> and <c>failures discard</c>: dead letters by their ids, or all that are selected.</summary>
internal static class FailureRunCommands
{
    private delegate Task<int> SettleNamed(
        Session session,
        List<StoredDeadLetter> letters,
        FailuresByName done,
        CancellationToken cancellationToken
    );

    public static Command CreateRetry() =>
        Create(
            "retry",
            "Project the command's current state; never what the dead letter holds, which may be old.",
            FailureOperation.Retry,
            RetryAsync
        );

    public static Command CreateDiscard() =>
        Create("discard", "Settle dead letters without projecting anything.", FailureOperation.Discard, DiscardAsync);

    private static Command Create(string name, string description, FailureOperation operation, SettleNamed settleNamed)
    {
        var id = new Argument<string[]>("id") { Description = "As 'failures list' shows it.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "All that are not settled." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be done, and change nothing." };
        var yes = new Option<bool>("--yes") { Description = "Confirms the change of all selected dead letters." };
        var restart = new Option<bool>("--restart") { Description = "Start from the beginning; do not continue an interrupted run." };
        var command = new Command(name, description) { id, all, dryRun, yes, restart };
        var selection = new FailureSelectionOptions(command, FailureWindowText.MostDays);
        command.Validators.Add(result =>
        {
            var (named, chosen) = (result.GetValue(id) is { Length: > 0 }, result.GetValue(all) || selection.AreGiven(result));
            if (named && (chosen || result.GetValue(dryRun)))
                result.AddError("Give ids of dead letters, or options, not both.");
            if (!named && !chosen)
                result.AddError(
                    $"Give the ids of the dead letters to {name}, or select with --error, --since, --until, --user, --transaction or --all."
                );
            if (!named && chosen && !result.GetValue(yes) && !result.GetValue(dryRun))
                result.AddError($"'{name}' changes every selected dead letter: add --yes to confirm. --dry-run shows what it would do.");
        });
        command.SetAction(
            (parsed, cancellationToken) =>
                parsed.GetValue(id) is { Length: > 0 } ids
                    ? RunNamedAsync(parsed, ids, operation, settleNamed, cancellationToken)
                    : RunChosenAsync(
                        parsed,
                        operation,
                        selection.Read(parsed),
                        new()
                        {
                            DryRun = parsed.GetValue(dryRun),
                            Restart = parsed.GetValue(restart),
                            WindowAsGiven = selection.WindowAsGiven(parsed),
                        },
                        cancellationToken
                    )
        );
        return command.WithExamples(
            $"failures {name} --error user_id --since 2h --dry-run",
            $"failures {name} --error user_id --since 2h --yes",
            $"failures {name} --all --yes"
        );
    }

    /// <summary>Retries or discards all selected dead letters.</summary>
    public static Task<int> RunChosenAsync(
        ParseResult parsed,
        FailureOperation operation,
        FailureSelection selection,
        FailureRunOptions options,
        CancellationToken cancellationToken
    )
    {
        var report = new FailureRunReport(operation, options.DryRun);
        return Session.RunAsync(
            parsed,
            async session =>
            {
                // The engine's item count, which includes settled dead letters: only for the progress bar.
                var table = (await session.Client.DescribeTableAsync(session.Tables.ProjectionFailures, cancellationToken)).Table;
                var letters = table.ItemCount ?? 0;
                await session.Output.ShowProgressAsync(
                    operation is FailureOperation.Retry ? "retrying" : "discarding",
                    letters,
                    () => report.Settled + report.Failed + report.SettledBefore + report.FailedBefore,
                    () =>
                        session.Output.TellProgressAsync(
                            report.Summary,
                            () => FailuresCommand.OperationsOf(session).RunAsync(operation, selection, options, report, cancellationToken)
                        )
                );
                session.Output.Result(
                    FailureRunAnswer.Of(report, options.DryRun),
                    ToolsJson.Default.FailureRunAnswer,
                    () => Output.Show(report.ToReport())
                );
                return report.Failed + report.FailedBefore == 0 || options.DryRun ? ExitCode.Ok : ExitCode.CheckFailed;
            },
            () => report.Summary() + (options.DryRun || report.Run is null ? "" : " Run the same command again: it continues."),
            cancellationToken
        );
    }

    private static Task<int> RunNamedAsync(
        ParseResult parsed,
        string[] ids,
        FailureOperation operation,
        SettleNamed settle,
        CancellationToken cancellationToken
    )
    {
        var done = new FailuresByName();
        return Session.RunAsync(
            parsed,
            async session =>
                await FailuresCommand.FindAllAsync(session, ids, cancellationToken) is { } letters
                    ? await settle(session, letters, done, cancellationToken)
                    : ExitCode.CheckFailed,
            () => operation is FailureOperation.Retry ? done.RetrySummary() : $"{done.Settled.Count} discarded.",
            cancellationToken
        );
    }

    private static async Task<int> RetryAsync(
        Session session,
        List<StoredDeadLetter> letters,
        FailuresByName done,
        CancellationToken cancellationToken
    )
    {
        var (log, reconciler) = (FailuresCommand.LogOf(session), new Reconciler(session.Client, session.Tables, TimeProvider.System));
        foreach (var letter in letters)
        {
            if (await log.RetryAsync(letter, reconciler, cancellationToken) is { } problem)
                done.Failed.Add(new(letter.Id, problem));
            else
                done.Settled.Add(letter.Id);
        }

        session.Output.Result(
            new(done.Settled, done.Failed),
            ToolsJson.Default.RetryAnswer,
            () =>
            {
                foreach (var letter in done.Failed)
                    Output.Say($"{letter.Id}: {letter.Problem}");
                Output.Say(done.RetrySummary());
            }
        );
        return done.Failed.Count == 0 ? ExitCode.Ok : ExitCode.CheckFailed;
    }

    private static async Task<int> DiscardAsync(
        Session session,
        List<StoredDeadLetter> letters,
        FailuresByName done,
        CancellationToken cancellationToken
    )
    {
        foreach (var letter in letters)
        {
            await FailuresCommand.LogOf(session).ResolveAsync(letter, "discarded", cancellationToken);
            done.Settled.Add(letter.Id);
        }

        session.Output.Result(
            new(done.Settled),
            ToolsJson.Default.DiscardAnswer,
            () =>
            {
                foreach (var letter in done.Settled)
                    Output.Say($"{letter}: discarded");
            }
        );
        return ExitCode.Ok;
    }

    private sealed class FailuresByName
    {
        public List<string> Settled { get; } = [];

        public List<FailedRetry> Failed { get; } = [];

        public string RetrySummary() => $"{Settled.Count} settled, {Failed.Count} failed again.";
    }
}

/// <summary>The result of an operation on all selected dead letters, as JSON.</summary>
/// <param name="DryRun">Whether this was a dry run: nothing was changed, and the figures are what would be done.</param>
/// <param name="Settled">Dead letters that are settled now.</param>
/// <param name="Failed">Dead letters that failed again.</param>
/// <param name="SettledBefore">Dead letters that the same run settled before it was interrupted.</param>
/// <param name="FailedBefore">Dead letters that failed again in the same run before it was interrupted.</param>
/// <param name="Arrived">Dead letters that were stored after the run began, as far as the run read them. They were not processed.</param>
/// <param name="BeganAt">When the run began, ISO-8601; null for a dry run.</param>
/// <param name="Causes">The causes of the failures.</param>
internal sealed record FailureRunAnswer(
    bool DryRun,
    long Settled,
    long Failed,
    long SettledBefore,
    long FailedBefore,
    long Arrived,
    string? BeganAt,
    IReadOnlyList<FailureGroup> Causes
)
{
    public static FailureRunAnswer Of(FailureRunReport report, bool dryRun) =>
        new(
            dryRun,
            report.Settled,
            report.Failed,
            report.SettledBefore,
            report.FailedBefore,
            report.Arrived,
            report.Run is { } run ? Timestamp.Format(run.StartedAt) : null,
            report.Causes
        );
}

/// <summary>The result of <c>failures retry</c> for the given dead letters.</summary>
/// <param name="Settled">The ids of the dead letters that are settled now.</param>
/// <param name="Failed">The dead letters that failed again.</param>
internal sealed record RetryAnswer(IReadOnlyList<string> Settled, IReadOnlyList<FailedRetry> Failed);

/// <summary>A dead letter that failed again.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Problem">The reason.</param>
internal sealed record FailedRetry(string Id, string Problem);

/// <summary>The result of <c>failures discard</c> for the given dead letters.</summary>
/// <param name="Discarded">The ids of the dead letters.</param>
internal sealed record DiscardAnswer(IReadOnlyList<string> Discarded);
