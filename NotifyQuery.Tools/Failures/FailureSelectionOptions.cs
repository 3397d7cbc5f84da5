using System.CommandLine;
using System.CommandLine.Parsing;
using NotifyQuery.Operations.Failures;

namespace NotifyQuery.Tools.Failures;

/// <summary>The options by which dead letters are chosen.</summary>
internal sealed class FailureSelectionOptions
{
    private readonly int standardDays;
    private readonly Option<string?> error = Text("--error", "Whose error holds this text: its type, or a part of its message.");
    private readonly Option<string?> since =
        Text("--since", "Of changes from then on: 2026-11-22T08:15:30Z, 2026-11-22, or how long ago, like 2h.");
    private readonly Option<string?> until = Text("--until", "Of changes before then, in the same words.");
    private readonly Option<string?> user = Text("--user", "Whose stream record names this user.");
    private readonly Option<string?> transaction = Text("--transaction", "Of this transaction.");
    private readonly Option<int?> days;

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="standardDays">How many days back where neither <c>--since</c> nor <c>--days</c> is given.</param>
    public FailureSelectionOptions(Command command, int standardDays)
    {
        this.standardDays = standardDays;
        days = new Option<int?>("--days")
        {
            Description = $"How many days back, today (UTC) among them, instead of --since (default: {standardDays}).",
        }.Within(1, FailureWindowText.MostDays);
        foreach (var option in (Option[])[error, since, until, user, transaction, days]) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetResult(since) is { Implicit: false } && result.GetResult(days) is { Implicit: false })
                result.AddError("Say --since or --days, not both.");
            else if (WindowProblem(result) is { } problem) result.AddError($"--{problem}");
        });
    }

    /// <summary>Whether any of them is given.</summary>
    public bool AreGiven(CommandResult result) =>
        ((Option[])[error, since, until, user, transaction, days]).Any(option => result.GetResult(option) is { Implicit: false });

    /// <summary>What they choose.</summary>
    public FailureSelection Read(ParseResult parsed)
    {
        var back = parsed.GetValue(days) ?? standardDays;
        FailureWindowText.TryRead(parsed.GetValue(since), parsed.GetValue(until), back, TimeProvider.System.GetUtcNow(), out var window);
        return new()
        {
            Error = parsed.GetValue(error), UserId = parsed.GetValue(user), TransactionId = parsed.GetValue(transaction), Window = window,
        };
    }

    /// <summary>The window in the words in which it was asked for.</summary>
    public string WindowAsGiven(ParseResult parsed) => $"{parsed.GetValue(since)} {parsed.GetValue(until)} {parsed.GetValue(days)}";

    /// <summary>The window in words for people.</summary>
    public string Describe(ParseResult parsed)
    {
        var from = parsed.GetValue(since) is { } begin ? $"since {begin}" : $"in the last {parsed.GetValue(days) ?? standardDays} days";
        return parsed.GetValue(until) is { } end ? $"{from}, before {end}" : from;
    }

    private string? WindowProblem(CommandResult result) =>
        FailureWindowText.TryRead(result.GetValue(since), result.GetValue(until), standardDays, TimeProvider.System.GetUtcNow(), out _);

    private static Option<string?> Text(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var value }] && string.IsNullOrWhiteSpace(value))
                result.AddError($"{name} is empty: give a text, or leave it out.");
        });
        return option;
    }
}
