using System.Globalization;
using Microsoft.Extensions.Logging;
using NotifyQuery.AppHost.Backends;
using NotifyQuery.AppHost.NextTables;
using NotifyQuery.Operations.Failures;
using NotifyQuery.Operations.Reports;

namespace NotifyQuery.AppHost;

/// <summary>
/// The operator's commands for dead letters, on the resource of the tables. They have the names of the tool's <c>failures …</c> commands.
/// </summary>
internal static class DeadLetterCommands
{
    private const int ListedDays = 7;
    private static readonly TimeSpan ReportPeriod = TimeSpan.FromSeconds(1);

    /// <summary>Adds the read command and, if writes are allowed, the commands that settle dead letters.</summary>
    public static IResourceBuilder<TablesResource> WithDeadLetterCommands(
        this IResourceBuilder<TablesResource> builder,
        Backend backend,
        QueryTablesOfRun queryTables,
        bool writes
    )
    {
        builder.WithOperatorsCommand(backend, List(queryTables));
        return !writes
            ? builder
            : builder
                .WithOperatorsCommand(
                    backend,
                    Settle(
                        queryTables,
                        FailureOperation.Retry,
                        "failures-retry",
                        "Retry dead letters",
                        "ArrowRepeatAll",
                        "Project the current state of the dead letters' commands, never the content of a dead letter."
                    )
                )
                .WithOperatorsCommand(
                    backend,
                    Settle(
                        queryTables,
                        FailureOperation.Discard,
                        "failures-discard",
                        "Discard dead letters",
                        "Delete",
                        "Settle dead letters without projecting anything."
                    )
                );
    }

    private static OperatorsCommand List(QueryTablesOfRun queryTables)
    {
        var choice = new Choice();
        return new("failures-list", "List dead letters", "MailAlert")
        {
            Description = "Count the dead letters that are not settled, by cause.",
            Arguments = choice.Arguments,
            Progress = "Reading projection-failures.",
            RunAsync = async (client, context) =>
            {
                if (choice.Read(context, ListedDays, out var selection) is { } problem)
                    return (false, new OperationReport(problem));
                var groups = new FailureGroups();
                await new DeadLetterOperations(client, queryTables.Names, TimeProvider.System).GroupAsync(
                    selection,
                    withResolved: false,
                    groups,
                    context.CancellationToken
                );
                return (
                    true,
                    groups.ToReport(
                        $"since {choice.Since.Given(context) ?? string.Create(CultureInfo.InvariantCulture, $"{ListedDays} days ago")}"
                    )
                );
            },
        };
    }

    private static OperatorsCommand Settle(
        QueryTablesOfRun queryTables,
        FailureOperation operation,
        string name,
        string displayName,
        string icon,
        string description
    )
    {
        var choice = new Choice();
        var all = CommandArgument.Switch("all", "All", "All that are not settled, if nothing else is selected.");
        var dryRun = CommandArgument.Switch("dry-run", "Dry run", "Show what would be done, and change nothing.");
        return new(name, displayName, icon)
        {
            Description = description,
            Arguments = [.. choice.Arguments, all, dryRun],
            Question = "This changes every selected dead letter, unless 'Dry run' is on. Continue?",
            Progress =
                "Processing the dead letters. Cancel stops it, and the same command continues. The resource's log shows the progress.",
            RunAsync = async (client, context) =>
            {
                if (choice.Read(context, FailureWindowText.MostDays, out var selection) is { } problem)
                    return (false, new OperationReport(problem));
                if (!all.IsOn(context) && !choice.IsGiven(context))
                    return (
                        false,
                        new OperationReport("Nothing is selected: give an error, a time, a user or a transaction, or switch on 'All'.")
                    );
                var report = new FailureRunReport(operation, dryRun.IsOn(context));
                var options = new FailureRunOptions
                {
                    DryRun = dryRun.IsOn(context),
                    WindowAsGiven = $"{choice.Since.Given(context)} {choice.Until.Given(context)} ",
                };
                var running = new DeadLetterOperations(client, queryTables.Names, TimeProvider.System).RunAsync(
                    operation,
                    selection,
                    options,
                    report,
                    context.CancellationToken
                );
                while (await Task.WhenAny(running, Task.Delay(ReportPeriod)) != running)
                    context.Logger.LogInformation("{Summary}", report.Summary());
                await running;
                return (report.Failed + report.FailedBefore == 0 || options.DryRun, report.ToReport());
            },
        };
    }

    /// <summary>The arguments that select dead letters.</summary>
    private sealed class Choice
    {
        private readonly CommandArgument error = CommandArgument.Text(
            "error",
            "Error",
            "Only dead letters whose error type or message contains this text. Empty: any."
        );
        private readonly CommandArgument user = CommandArgument.Text(
            "user",
            "User",
            "Only dead letters whose stream record names this user. Empty: any."
        );
        private readonly CommandArgument transaction = CommandArgument.Text(
            "transaction",
            "Transaction",
            "Only dead letters of this transaction. Empty: any."
        );

        public CommandArgument Since { get; } =
            CommandArgument.Text(
                "since",
                "Since",
                "Only changes since this time: 2026-11-22T08:15:30Z, 2026-11-22, or an age such as 2h.",
                text => FailureWindowText.TryRead(text, null, ListedDays, TimeProvider.System.GetUtcNow(), out _)
            );

        public CommandArgument Until { get; } =
            CommandArgument.Text(
                "until",
                "Until",
                "Only changes before this time, in the same form. Empty: no end.",
                text => FailureWindowText.TryRead(null, text, FailureWindowText.MostDays, TimeProvider.System.GetUtcNow(), out _)
            );

        public IReadOnlyList<CommandArgument> Arguments => [error, Since, Until, user, transaction];

        public bool IsGiven(ExecuteCommandContext context) => Arguments.Any(argument => argument.Given(context) is not null);

        public string? Read(ExecuteCommandContext context, int standardDays, out FailureSelection selection)
        {
            var problem = FailureWindowText.TryRead(
                Since.Given(context),
                Until.Given(context),
                standardDays,
                TimeProvider.System.GetUtcNow(),
                out var window
            );
            selection = new()
            {
                Error = error.Given(context),
                UserId = user.Given(context),
                TransactionId = transaction.Given(context),
                Window = window,
            };
            return problem;
        }
    }
}
