using System.CommandLine;
using System.Globalization;
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
        var endpoint = Session.EndpointOption();
        var command = new Command("list", "List dead letters, newest first.") { days, all, endpoint };
        command.SetAction((parsed, cancellationToken) => Session.RunAsync(parsed.GetValue(endpoint), async session =>
        {
            var rows = new List<string[]>();
            await foreach (var letter in LogOf(session).ListAsync(parsed.GetValue(days), parsed.GetValue(all), cancellationToken))
            {
                rows.Add([
                    letter.Id, $"{letter.ErrorType}: {letter.ErrorMessage}", letter.TransactionId ?? "",
                    letter.Attempts.ToString(CultureInfo.InvariantCulture), letter.Resolution ?? "",
                ]);
            }

            Session.ShowTable(["id", "error", "transaction_id", "attempts", "settled"], rows);
            Console.WriteLine($"{rows.Count} dead letters in the last {parsed.GetValue(days)} days.");
            return ExitCode.Ok;
        }, () => null, cancellationToken));
        return command;
    }

    private static Command CreateShow()
    {
        var id = new Argument<string>("id") { Description = IdDescription };
        var endpoint = Session.EndpointOption();
        var command = new Command("show", "Show one dead letter with its stream record.") { id, endpoint };
        command.SetAction((parsed, cancellationToken) => Session.RunAsync(parsed.GetValue(endpoint), async session =>
        {
            if (await FindAsync(LogOf(session), parsed.GetRequiredValue(id), cancellationToken) is not { } letter) return ExitCode.CheckFailed;
            Console.WriteLine(
                $"""
                id              {letter.Id}
                error           {letter.ErrorType}: {letter.ErrorMessage}
                attempts        {letter.Attempts}
                settled         {letter.Resolution ?? "no"}
                transaction_id  {letter.TransactionId}
                created_at      {letter.CreatedAt}
                record          {letter.Record ?? "(too long to be kept: read it from command-records)"}
                """);
            return ExitCode.Ok;
        }, () => null, cancellationToken));
        return command;
    }

    private static Command CreateRetry()
    {
        var id = IdsArgument(ArgumentArity.ZeroOrMore);
        var days = DaysOption();
        var all = new Option<bool>("--all") { Description = "Every one that is not settled." };
        var endpoint = Session.EndpointOption();
        var command = new Command("retry", "Project the command's current state; never what the dead letter holds, which may be old.") { id, all, days, endpoint };
        command.Validators.Add(result =>
        {
            if (result.GetValue(id) is not { Length: > 0 } && !result.GetValue(all)) result.AddError("Name the dead letters to retry, or say --all.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var (retried, failed) = (0, 0);
            return Session.RunAsync(parsed.GetValue(endpoint), async session =>
            {
                var log = LogOf(session);
                if (await FindAllAsync(log, parsed.GetValue(id) ?? [], cancellationToken) is not { } letters) return ExitCode.CheckFailed;
                foreach (var letter in letters) await RetryAsync(session, log, letter);
                if (parsed.GetValue(all))
                    await foreach (var letter in log.ListAsync(parsed.GetValue(days), withResolved: false, cancellationToken)) await RetryAsync(session, log, letter);
                return failed == 0 ? ExitCode.Ok : ExitCode.CheckFailed;
            }, () => $"{retried} settled, {failed} failed again.", cancellationToken);

            async Task RetryAsync(Session session, FailureLog log, KeptFailure letter)
            {
                var reconciliation = new Reconciler(session.Client, session.Tables, TimeProvider.System);
                if (await log.RetryAsync(letter, reconciliation, cancellationToken) is not { } problem)
                {
                    retried++;
                    return;
                }

                Console.WriteLine($"{letter.Id}: {problem}");
                failed++;
            }
        });
        return command;
    }

    private static Command CreateDiscard()
    {
        var id = IdsArgument(ArgumentArity.OneOrMore);
        var endpoint = Session.EndpointOption();
        var command = new Command("discard", "Settle dead letters without projecting anything.") { id, endpoint };
        command.SetAction((parsed, cancellationToken) => Session.RunAsync(parsed.GetValue(endpoint), async session =>
        {
            var log = LogOf(session);
            if (await FindAllAsync(log, parsed.GetValue(id)!, cancellationToken) is not { } letters) return ExitCode.CheckFailed;
            foreach (var letter in letters)
            {
                await log.ResolveAsync(letter, "discarded", cancellationToken);
                Console.WriteLine($"{letter.Id}: discarded");
            }

            return ExitCode.Ok;
        }, () => null, cancellationToken));
        return command;
    }

    private static async Task<KeptFailure?> FindAsync(FailureLog log, string id, CancellationToken cancellationToken)
    {
        var letter = await log.FindAsync(id, cancellationToken);
        if (letter is null) await Console.Error.WriteLineAsync($"There is no dead letter '{id}': 'failures list' names them.");
        return letter;
    }

    /// <summary>All that were named, before anything is done to one of them; null if one is not there.</summary>
    private static async Task<List<KeptFailure>?> FindAllAsync(FailureLog log, string[] ids, CancellationToken cancellationToken)
    {
        var letters = new List<KeptFailure>(ids.Length);
        foreach (var id in ids)
        {
            if (await FindAsync(log, id, cancellationToken) is not { } letter) return null;
            letters.Add(letter);
        }

        return letters;
    }

    private static FailureLog LogOf(Session session) => new(session.Client, session.Tables, TimeProvider.System);

    private static Argument<string[]> IdsArgument(ArgumentArity arity) => new("id") { Description = IdDescription, Arity = arity };

    private static Option<int> DaysOption() =>
        new Option<int>("--days") { Description = "How many days back.", DefaultValueFactory = _ => 7 }.Within(1, MostDays);
}
