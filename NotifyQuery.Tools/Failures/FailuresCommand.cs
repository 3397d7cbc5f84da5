using System.CommandLine;
using System.Globalization;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Failures;

namespace NotifyQuery.Tools.Failures;

/// <summary><c>failures</c>: the dead letters.</summary>
internal static class FailuresCommand
{
    private const int ListedDays = 7;

    public static Command Create() =>
        new("failures", "List dead letters (projection-failures) and settle them.")
        {
            CreateList(),
            CreateShow(),
            FailureRunCommands.CreateRetry(),
            FailureRunCommands.CreateDiscard(),
            GivenUpCommands.Create(),
        };

    private static Command CreateList()
    {
        var all = new Option<bool>("--all") { Description = "Also those that are settled." };
        var each = new Option<bool>("--each") { Description = "List the dead letters one by one, newest first, instead of their causes." };
        var limit = new Option<int>("--limit") { Description = "With --each: how many at most.", DefaultValueFactory = _ => 100 }.Within(
            1,
            10_000
        );
        var command = new Command("list", "Count dead letters by cause; with --each, list them.") { all, each, limit };
        var selection = new FailureSelectionOptions(command, ListedDays);
        command.SetAction(
            (parsed, cancellationToken) =>
                Session.RunAsync(
                    parsed,
                    session =>
                        parsed.GetValue(each)
                            ? ListAsync(session, parsed, selection, parsed.GetValue(all), parsed.GetValue(limit), cancellationToken)
                            : GroupAsync(session, parsed, selection, parsed.GetValue(all), cancellationToken),
                    () => null,
                    cancellationToken
                )
        );
        return command.WithExamples(
            "failures list",
            "failures list --since 2h --error user_id",
            "failures list --each --days 30 --all --json"
        );
    }

    private static async Task<int> GroupAsync(
        Session session,
        ParseResult parsed,
        FailureSelectionOptions selection,
        bool withResolved,
        CancellationToken cancellationToken
    )
    {
        var groups = new FailureGroups();
        await OperationsOf(session).GroupAsync(selection.Read(parsed), withResolved, groups, cancellationToken);
        session.Output.Result(
            new(groups.Letters, groups.All),
            ToolsJson.Default.FailureGroupsAnswer,
            () => Output.Show(groups.ToReport(selection.Describe(parsed)))
        );
        return ExitCode.Ok;
    }

    private static async Task<int> ListAsync(
        Session session,
        ParseResult parsed,
        FailureSelectionOptions selection,
        bool withResolved,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var letters = await OperationsOf(session)
            .ReadAsync(selection.Read(parsed), withResolved, cancellationToken)
            .Take(limit + 1)
            .ToListAsync(cancellationToken);
        var more = letters.Count > limit;
        if (more)
            letters.RemoveAt(limit);
        session.Output.Result(
            letters,
            ToolsJson.Default.IReadOnlyListStoredDeadLetter,
            () =>
            {
                Output.ShowTable(
                    ["id", "error", "transaction_id", "attempts", "settled"],
                    [
                        .. letters.Select(letter =>
                            (string[])
                                [
                                    letter.Id,
                                    $"{letter.ErrorType}: {letter.ErrorMessage}",
                                    letter.TransactionId ?? "",
                                    letter.Attempts.ToString(CultureInfo.InvariantCulture),
                                    letter.Resolution ?? "",
                                ]
                        ),
                    ]
                );
                Output.Say(
                    $"{letters.Count}{(more ? " of more" : "")} dead letters "
                        + $"{selection.Describe(parsed)}.{(more ? " Select fewer, or raise --limit." : "")}"
                );
            }
        );
        return ExitCode.Ok;
    }

    private static Command CreateShow()
    {
        var id = new Argument<string>("id") { Description = "As 'failures list' shows it." };
        var command = new Command("show", "Show one dead letter with its stream record.") { id };
        command.SetAction(
            (parsed, cancellationToken) =>
                Session.RunAsync(
                    parsed,
                    async session =>
                    {
                        if (await FindAllAsync(session, [parsed.GetRequiredValue(id)], cancellationToken) is not [var letter])
                            return ExitCode.CheckFailed;
                        session.Output.Result(
                            [letter],
                            ToolsJson.Default.IReadOnlyListStoredDeadLetter,
                            () =>
                                Output.Print(
                                    $"""
                                    id              {UnicodeText.Printable(letter.Id)}
                                    error           {UnicodeText.Printable($"{letter.ErrorType}: {letter.ErrorMessage}")}
                                    attempts        {letter.Attempts}
                                    stored          {UnicodeText.Printable(letter.KeptAt ?? "(not known)")}
                                    settled         {UnicodeText.Printable(letter.Resolution ?? "no")}
                                    transaction_id  {UnicodeText.Printable(letter.TransactionId ?? "")}
                                    created_at      {UnicodeText.Printable(letter.CreatedAt ?? "")}
                                    record          {UnicodeText.Printable(letter.Record ?? "(not stored)")}{(
                                        letter.RecordIsCut
                                            ? "… (the rest is too long to be stored: read the command from command-records)"
                                            : ""
                                    )}
                                    """
                                )
                        );
                        return ExitCode.Ok;
                    },
                    () => null,
                    cancellationToken
                )
        );
        return command;
    }

    /// <summary>All given dead letters; null, with an error message, if one does not exist. Called before any of them is changed.</summary>
    public static async Task<List<StoredDeadLetter>?> FindAllAsync(Session session, string[] ids, CancellationToken cancellationToken)
    {
        var letters = new List<StoredDeadLetter>(ids.Length);
        foreach (var id in ids)
        {
            if (await LogOf(session).FindAsync(id, cancellationToken) is not { } letter)
            {
                session.Output.Fail($"There is no dead letter '{id}': 'failures list --each' shows them.", ExitCode.CheckFailed);
                return null;
            }

            letters.Add(letter);
        }

        return letters;
    }

    public static FailureLog LogOf(Session session) => new(session.Client, session.Tables, TimeProvider.System);

    public static DeadLetterOperations OperationsOf(Session session) => new(session.Client, session.Tables, TimeProvider.System);
}

/// <summary>The result of <c>failures list</c>.</summary>
/// <param name="Letters">The number of dead letters.</param>
/// <param name="Causes">By cause, the most frequent first.</param>
internal sealed record FailureGroupsAnswer(long Letters, IReadOnlyList<FailureGroup> Causes);
