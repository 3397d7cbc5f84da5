using System.CommandLine;
using System.Globalization;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Reconciliation;

namespace NotifyQuery.Tools.Failures;

/// <summary><c>failures</c>: the dead letters.</summary>
internal static class FailuresCommand
{
    private const int MostDays = 365;
    private const string IdDescription = "As 'failures list' names it.";

    public static Command Create() => new("failures", "Look at dead letters (projection-failures) and settle them.")
    {
        CreateList(), CreateShow(), CreateRetry(), CreateDiscard(),
    };

    private static Command CreateList()
    {
        var days = DaysOption();
        var all = new Option<bool>("--all") { Description = "Settled ones too." };
        var command = new Command("list", "List dead letters, newest first.") { days, all };
        command.SetAction((parsed, cancellationToken) => Session.RunAsync(parsed, async session =>
        {
            var letters = await LogOf(session).ListAsync(parsed.GetValue(days), parsed.GetValue(all), cancellationToken).ToListAsync(cancellationToken);
            session.Output.Result(letters, ToolsJson.Default.IReadOnlyListKeptFailure, () =>
            {
                Output.ShowTable(["id", "error", "transaction_id", "attempts", "settled"],
                [
                    .. letters.Select(letter => (string[])[
                        letter.Id, $"{letter.ErrorType}: {letter.ErrorMessage}", letter.TransactionId ?? "",
                        letter.Attempts.ToString(CultureInfo.InvariantCulture), letter.Resolution ?? "",
                    ]),
                ]);
                Output.Say($"{letters.Count} dead letters in the last {parsed.GetValue(days)} days.");
            });
            return ExitCode.Ok;
        }, () => null, cancellationToken));
        return command.WithExamples("failures list", "failures list --days 30 --all --json");
    }

    private static Command CreateShow()
    {
        var id = new Argument<string>("id") { Description = IdDescription };
        var command = new Command("show", "Show one dead letter with its stream record.") { id };
        command.SetAction((parsed, cancellationToken) => Session.RunAsync(parsed, async session =>
        {
            if (await FindAllAsync(session, [parsed.GetRequiredValue(id)], cancellationToken) is not [var letter]) return ExitCode.CheckFailed;
            session.Output.Result([letter], ToolsJson.Default.IReadOnlyListKeptFailure, () => Output.Print(
                $"""
                id              {UnicodeText.Printable(letter.Id)}
                error           {UnicodeText.Printable($"{letter.ErrorType}: {letter.ErrorMessage}")}
                attempts        {letter.Attempts}
                settled         {UnicodeText.Printable(letter.Resolution ?? "no")}
                transaction_id  {UnicodeText.Printable(letter.TransactionId ?? "")}
                created_at      {UnicodeText.Printable(letter.CreatedAt ?? "")}
                record          {UnicodeText.Printable(letter.Record ?? "(not kept)")}{(letter.RecordIsCut ? "… (the rest is too long to be kept: read the command from command-records)" : "")}
                """));
            return ExitCode.Ok;
        }, () => null, cancellationToken));
        return command;
    }

    private static Command CreateRetry()
    {
        var id = IdsArgument(ArgumentArity.ZeroOrMore);
        var days = DaysOption();
        var all = new Option<bool>("--all") { Description = "Every one that is not settled." };
        var command = new Command("retry", "Project the command's current state; never what the dead letter holds, which may be old.") { id, all, days };
        command.Validators.Add(result =>
        {
            if (result.GetValue(id) is not { Length: > 0 } && !result.GetValue(all)) result.AddError("Name the dead letters to retry, or say --all.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var settled = new List<string>();
            var failed = new List<FailedRetry>();
            return Session.RunAsync(parsed, async session =>
            {
                var log = LogOf(session);
                if (await FindAllAsync(session, parsed.GetValue(id) ?? [], cancellationToken) is not { } letters) return ExitCode.CheckFailed;
                foreach (var letter in letters) await RetryAsync(session, log, letter);
                if (parsed.GetValue(all))
                    await foreach (var letter in log.ListAsync(parsed.GetValue(days), withResolved: false, cancellationToken)) await RetryAsync(session, log, letter);
                session.Output.Result(new(settled, failed), ToolsJson.Default.RetryAnswer, () =>
                {
                    foreach (var letter in failed) Output.Say($"{letter.Id}: {letter.Problem}");
                    Output.Say(Summary());
                });
                return failed.Count == 0 ? ExitCode.Ok : ExitCode.CheckFailed;
            }, Summary, cancellationToken);

            string Summary() => $"{settled.Count} settled, {failed.Count} failed again.";

            async Task RetryAsync(Session session, FailureLog log, KeptFailure letter)
            {
                var reconciliation = new Reconciler(session.Client, session.Tables, TimeProvider.System);
                if (await log.RetryAsync(letter, reconciliation, cancellationToken) is { } problem) failed.Add(new(letter.Id, problem));
                else settled.Add(letter.Id);
            }
        });
        return command;
    }

    private static Command CreateDiscard()
    {
        var id = IdsArgument(ArgumentArity.OneOrMore);
        var command = new Command("discard", "Settle dead letters without projecting anything.") { id };
        command.SetAction((parsed, cancellationToken) =>
        {
            var discarded = new List<string>();
            return Session.RunAsync(parsed, async session =>
            {
                var log = LogOf(session);
                if (await FindAllAsync(session, parsed.GetValue(id)!, cancellationToken) is not { } letters) return ExitCode.CheckFailed;
                foreach (var letter in letters)
                {
                    await log.ResolveAsync(letter, "discarded", cancellationToken);
                    discarded.Add(letter.Id);
                }

                session.Output.Result(new(discarded), ToolsJson.Default.DiscardAnswer, () =>
                {
                    foreach (var letter in discarded) Output.Say($"{letter}: discarded");
                });
                return ExitCode.Ok;
            }, () => $"{discarded.Count} discarded.", cancellationToken);
        });
        return command;
    }

    /// <summary>All that were named, before anything is done to one of them; null, and it is said, if one is not there.</summary>
    private static async Task<List<KeptFailure>?> FindAllAsync(Session session, string[] ids, CancellationToken cancellationToken)
    {
        var letters = new List<KeptFailure>(ids.Length);
        foreach (var id in ids)
        {
            if (await LogOf(session).FindAsync(id, cancellationToken) is not { } letter)
            {
                session.Output.Fail($"There is no dead letter '{id}': 'failures list' names them.", ExitCode.CheckFailed);
                return null;
            }

            letters.Add(letter);
        }

        return letters;
    }

    private static FailureLog LogOf(Session session) => new(session.Client, session.Tables, TimeProvider.System);

    private static Argument<string[]> IdsArgument(ArgumentArity arity) => new("id") { Description = IdDescription, Arity = arity };

    private static Option<int> DaysOption() =>
        new Option<int>("--days") { Description = "How many days back.", DefaultValueFactory = _ => 7 }.Within(1, MostDays);
}

/// <summary>What <c>failures retry</c> did.</summary>
/// <param name="Settled">The ids of the letters that are settled now.</param>
/// <param name="Failed">Those that failed again.</param>
internal sealed record RetryAnswer(IReadOnlyList<string> Settled, IReadOnlyList<FailedRetry> Failed);

/// <summary>A letter that failed again.</summary>
/// <param name="Id">The letter.</param>
/// <param name="Problem">Why.</param>
internal sealed record FailedRetry(string Id, string Problem);

/// <summary>What <c>failures discard</c> did.</summary>
/// <param name="Discarded">The ids of the letters.</param>
internal sealed record DiscardAnswer(IReadOnlyList<string> Discarded);
