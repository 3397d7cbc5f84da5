using System.CommandLine;
using System.CommandLine.Parsing;
using NotifyQuery.Operations.Failures;

namespace NotifyQuery.Tools.Failures;

/// <summary>The options that select dead letters.</summary>
internal sealed class FailureSelectionOptions
{
    private readonly int standardDays;
    private readonly Option<string?> error = Text("--error", "Only dead letters whose error type or message contains this text.");
    private readonly Option<string?> since = Text(
        "--since",
        "Only changes since this time: 2026-11-22T08:15:30Z, 2026-11-22, or an age such as 2h."
    );
    private readonly Option<string?> until = Text("--until", "Only changes before this time, in the same form.");
    private readonly Option<string?> user = Text("--user", "Only dead letters whose stream record names this user.");
    private readonly Option<string?> transaction = Text("--transaction", "Only dead letters of this transaction.");
    private readonly Option<int?> days;

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="standardDays">How many days back if neither <c>--since</c> nor <c>--days</c> is given.</param>
    public FailureSelectionOptions(Command command, int standardDays)
    {
        this.standardDays = standardDays;
        days = new Option<int?>("--days")
        {
            Description = $"How many days back, including today (UTC), instead of --since (default: {standardDays}).",
        }.Within(1, FailureWindowText.MostDays);
        foreach (var option in (Option[])[error, since, until, user, transaction, days])
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetResult(since) is { Implicit: false } && result.GetResult(days) is { Implicit: false })
                result.AddError("Give --since or --days, not both.");
            else if (WindowProblem(result) is { } problem)
                result.AddError($"--{problem}");
        });
    }

    /// <summary>Whether any of these options is given.</summary>
    public bool AreGiven(CommandResult result) =>
        ((Option[])[error, since, until, user, transaction, days]).Any(option => result.GetResult(option) is { Implicit: false });

    /// <summary>The selection.</summary>
    public FailureSelection Read(ParseResult parsed)
    {
        var back = parsed.GetValue(days) ?? standardDays;
        FailureWindowText.TryRead(parsed.GetValue(since), parsed.GetValue(until), back, TimeProvider.System.GetUtcNow(), out var window);
        return new()
        {
            Error = parsed.GetValue(error),
            UserId = parsed.GetValue(user),
            TransactionId = parsed.GetValue(transaction),
            Window = window,
        };
    }

    /// <summary>The window as it was entered.</summary>
    public string WindowAsGiven(ParseResult parsed) => $"{parsed.GetValue(since)} {parsed.GetValue(until)} {parsed.GetValue(days)}";

    /// <summary>The window as text.</summary>
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
                result.AddError($"{name} is empty: give a value, or leave it out.");
        });
        return option;
    }
}
