using System.CommandLine;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Failures;
using NotifyQuery.Operations.Reconciliation;

namespace NotifyQuery.Tools.Failures;

/// <summary><c>failures retry</c> and <c>failures discard</c>: letters by their ids, or all that are chosen.</summary>
internal static class FailureRunCommands
{
    private delegate Task<int> SettleNamed(Session session, List<StoredDeadLetter> letters, FailuresByName done,
        CancellationToken cancellationToken);

    public static Command CreateRetry() => Create(
        "retry", "Project the command's current state; never what the dead letter holds, which may be old.", FailureOperation.Retry,
            RetryAsync);

    public static Command CreateDiscard() =>
        Create("discard", "Settle dead letters without projecting anything.", FailureOperation.Discard, DiscardAsync);

    private static Command Create(string name, string description, FailureOperation operation, SettleNamed settleNamed)
    {
        var id = new Argument<string[]>("id") { Description = "As 'failures list' names it.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "Every one that is not settled." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be done, and do nothing." };
        var yes = new Option<bool>("--yes") { Description = "Yes, all that are chosen." };
        var restart = new Option<bool>("--restart") { Description = "Begin again, and do not go on with a run that was interrupted." };
        var command = new Command(name, description) { id, all, dryRun, yes, restart };
        var selection = new FailureSelectionOptions(command, FailureWindowText.MostDays);
        command.Validators.Add(result =>
        {
            var (named, chosen) = (result.GetValue(id) is { Length: > 0 }, result.GetValue(all) || selection.AreGiven(result));
            if (named && (chosen || result.GetValue(dryRun))) result.AddError("Name dead letters, or choose them by options, not both.");
            if (!named && !chosen) result.AddError(
                $"Name the dead letters to {name}, or choose them with --error, --since, --until, --user or --transaction, or say --all.");
            if (!named && chosen && !result.GetValue(yes) && !result.GetValue(dryRun))
                result.AddError($"'{name}' changes every dead letter that is chosen: say --yes as well if that is meant. --dry-run says "
                    + "what it would do.");
        });
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(id) is { Length: > 0 } ids
            ? RunNamedAsync(parsed, ids, operation, settleNamed, cancellationToken)
            : RunChosenAsync(
                parsed, operation, selection.Read(parsed),
                new()
                {
                    DryRun = parsed.GetValue(dryRun), Restart = parsed.GetValue(restart), WindowAsGiven = selection.WindowAsGiven(parsed),
                },
                cancellationToken));
        return command.WithExamples($"failures {name} --error user_id --since 2h --dry-run",
            $"failures {name} --error user_id --since 2h --yes", $"failures {name} --all --yes");
    }

    /// <summary>Retries or discards all that are chosen.</summary>
    public static Task<int> RunChosenAsync(
        ParseResult parsed, FailureOperation operation, FailureSelection selection, FailureRunOptions options,
            CancellationToken cancellationToken)
    {
        var report = new FailureRunReport(operation, options.DryRun);
        return Session.RunAsync(parsed, async session =>
        {
            // What the engine itself counts, settled ones too; it only serves the bar.
            var table = (await session.Client.DescribeTableAsync(session.Tables.ProjectionFailures, cancellationToken)).Table;
            var letters = table.ItemCount ?? 0;
            await session.Output.ShowProgressAsync(
                operation is FailureOperation.Retry ? "retrying" : "discarding", letters,
                () => report.Settled + report.Failed + report.SettledBefore + report.FailedBefore,
                () => session.Output.TellProgressAsync(
                    report.Summary,
                    () => FailuresCommand.OperationsOf(session).RunAsync(operation, selection, options, report, cancellationToken)));
            session.Output.Result(FailureRunAnswer.Of(report, options.DryRun), ToolsJson.Default.FailureRunAnswer,
                () => Output.Show(report.ToReport()));
            return report.Failed + report.FailedBefore == 0 || options.DryRun ? ExitCode.Ok : ExitCode.CheckFailed;
        }, () => report.Summary()
            + (options.DryRun || report.Run is null ? "" : " Run the same command again: it goes on."), cancellationToken);
    }

    private static Task<int> RunNamedAsync(ParseResult parsed, string[] ids, FailureOperation operation, SettleNamed settle,
        CancellationToken cancellationToken)
    {
        var done = new FailuresByName();
        return Session.RunAsync(parsed, async session =>
            await FailuresCommand.FindAllAsync(session, ids, cancellationToken) is { } letters
                ? await settle(session, letters, done, cancellationToken) : ExitCode.CheckFailed,
            () => operation is FailureOperation.Retry ? done.RetrySummary() : $"{done.Settled.Count} discarded.", cancellationToken);
    }

    private static async Task<int> RetryAsync(Session session, List<StoredDeadLetter> letters, FailuresByName done,
        CancellationToken cancellationToken)
    {
        var (log, reconciler) = (FailuresCommand.LogOf(session), new Reconciler(session.Client, session.Tables, TimeProvider.System));
        foreach (var letter in letters)
        {
            if (await log.RetryAsync(letter, reconciler, cancellationToken) is { } problem) done.Failed.Add(new(letter.Id, problem));
            else done.Settled.Add(letter.Id);
        }

        session.Output.Result(new(done.Settled, done.Failed), ToolsJson.Default.RetryAnswer, () =>
        {
            foreach (var letter in done.Failed) Output.Say($"{letter.Id}: {letter.Problem}");
            Output.Say(done.RetrySummary());
        });
        return done.Failed.Count == 0 ? ExitCode.Ok : ExitCode.CheckFailed;
    }

    private static async Task<int> DiscardAsync(Session session, List<StoredDeadLetter> letters, FailuresByName done,
        CancellationToken cancellationToken)
    {
        foreach (var letter in letters)
        {
            await FailuresCommand.LogOf(session).ResolveAsync(letter, "discarded", cancellationToken);
            done.Settled.Add(letter.Id);
        }

        session.Output.Result(new(done.Settled), ToolsJson.Default.DiscardAnswer, () =>
        {
            foreach (var letter in done.Settled) Output.Say($"{letter}: discarded");
        });
        return ExitCode.Ok;
    }

    private sealed class FailuresByName
    {
        public List<string> Settled { get; } = [];

        public List<FailedRetry> Failed { get; } = [];

        public string RetrySummary() => $"{Settled.Count} settled, {Failed.Count} failed again.";
    }
}

/// <summary>What an operation on all dead letters that were chosen did, for machines.</summary>
/// <param name="DryRun">Whether nothing was changed, and the figures say what would be.</param>
/// <param name="Settled">Letters that are settled now.</param>
/// <param name="Failed">Letters that failed again.</param>
/// <param name="SettledBefore">Letters that the same run settled before it was interrupted.</param>
/// <param name="FailedBefore">Letters that failed again in it before it was interrupted.</param>
/// <param name="Arrived">Letters that were kept since it began, as far as it met them: they were left alone.</param>
/// <param name="BeganAt">When the run began, ISO-8601; null for a dry run.</param>
/// <param name="Causes">Why letters failed again.</param>
internal sealed record FailureRunAnswer(
    bool DryRun, long Settled, long Failed, long SettledBefore, long FailedBefore, long Arrived, string? BeganAt,
        IReadOnlyList<FailureGroup> Causes)
{
    public static FailureRunAnswer Of(FailureRunReport report, bool dryRun) => new(
        dryRun, report.Settled, report.Failed, report.SettledBefore, report.FailedBefore, report.Arrived,
        report.Run is { } run ? Timestamp.Format(run.StartedAt) : null, report.Causes);
}

/// <summary>What <c>failures retry</c> did with the letters that were named.</summary>
/// <param name="Settled">The ids of the letters that are settled now.</param>
/// <param name="Failed">Those that failed again.</param>
internal sealed record RetryAnswer(IReadOnlyList<string> Settled, IReadOnlyList<FailedRetry> Failed);

/// <summary>A letter that failed again.</summary>
/// <param name="Id">The letter.</param>
/// <param name="Problem">Why.</param>
internal sealed record FailedRetry(string Id, string Problem);

/// <summary>What <c>failures discard</c> did with the letters that were named.</summary>
/// <param name="Discarded">The ids of the letters.</param>
internal sealed record DiscardAnswer(IReadOnlyList<string> Discarded);
