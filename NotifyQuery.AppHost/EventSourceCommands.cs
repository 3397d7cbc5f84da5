using NotifyQuery.AppHost.Backends;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Control;
using NotifyQuery.Operations.Reports;

namespace NotifyQuery.AppHost;

/// <summary>
/// The operator's commands for the event source, in the dashboard and with <c>aspire resource event-source …</c>. They do the same as the
/// tool <c>projection</c>, and return the same report.
/// </summary>
internal static class EventSourceCommands
{
    private const string TrimHorizon = "trim-horizon";
    private const double WaitSeconds = 45; // a batch may take 30 s

    private static readonly CommandArgument Wait = CommandArgument.Number(
        "wait",
        "Seconds to wait",
        "How long to wait until the event source has carried out the request.",
        0,
        3600,
        WaitSeconds
    );

    private static string Operator => $"{Environment.UserName}@{Environment.MachineName}, dashboard";

    /// <summary>Adds the commands. They write to the table of checkpoints, so they also work while the event source is stopped.</summary>
    public static IResourceBuilder<ProjectResource> WithEventSourceCommands(
        this IResourceBuilder<ProjectResource> builder,
        Backend backend
    ) =>
        builder
            .WithOperatorsCommand(backend, Status(backend))
            .WithOperatorsCommand(backend, Pause(backend))
            .WithOperatorsCommand(backend, Resume(backend))
            .WithOperatorsCommand(backend, Reset(backend));

    private static OperatorsCommand Status(Backend backend) =>
        new("status", "Status", "Info")
        {
            Description = "Show whether changes are delivered, each shard's position and lag, and the last request.",
            Arguments = [],
            Progress = "Reading the stream and the checkpoints.",
            ServesStopped = true,
            RunAsync = async (client, context) =>
            {
                using var streams = await backend.CreateStreamsClientAsync(context.CancellationToken);
                var control = new EventSourceControl(client, streams, new TableNames(), TimeProvider.System);
                var status = await control.StatusAsync(context.CancellationToken);
                return (true, status.ToReport());
            },
        };

    private static OperatorsCommand Pause(Backend backend) =>
        Change(
            new("pause", "Pause", "Pause")
            {
                Description = "Deliver nothing until delivery is resumed. Changes wait in the stream, for at most 24 hours.",
                Arguments = [Wait],
                Question = "Nothing is delivered until delivery is resumed. Queries continue and show what was delivered before. Continue?",
            },
            backend,
            (control, context) => control.PauseAsync(Operator, WaitOf(context), context.CancellationToken)
        );

    private static OperatorsCommand Resume(Backend backend) =>
        Change(
            new("resume", "Resume", "Play") { Description = "Continue delivery where it was paused.", Arguments = [Wait] },
            backend,
            (control, context) => control.ResumeAsync(Operator, WaitOf(context), context.CancellationToken)
        );

    private static OperatorsCommand Reset(Backend backend)
    {
        var to = CommandArgument.Text(
            "to",
            "Position",
            "trim-horizon (the oldest record), latest (after all waiting records), or a sequence number (with its shard).",
            text => ControlText.Problem(text, shardId: ""),
            TrimHorizon
        );
        var shard = CommandArgument.Text("shard", "Shard", "One shard, as 'Status' names it. Empty: all.");
        return Change(
            new("reset", "Reset", "ArrowReset")
            {
                Description =
                    "Deliver again from another position of the stream. "
                    + "Records that were delivered before change nothing when they are delivered again.",
                Arguments = [to, shard, Wait],
                Question =
                    "This replaces positions in the stream: 'trim-horizon' delivers everything that the stream keeps again, "
                    + "'latest' skips all waiting records. Continue?",
            },
            backend,
            (control, context) =>
                control.ResetAsync(
                    to.Given(context) ?? TrimHorizon,
                    shard.Given(context),
                    Operator,
                    WaitOf(context),
                    context.CancellationToken
                )
        );
    }

    private static TimeSpan WaitOf(ExecuteCommandContext context) => TimeSpan.FromSeconds(Wait.Value(context) ?? WaitSeconds);

    private static OperatorsCommand Change(
        Look look,
        Backend backend,
        Func<EventSourceControl, ExecuteCommandContext, Task<ControlOutcome>> change
    ) =>
        new(look.Name, look.DisplayName, look.Icon)
        {
            Description = look.Description,
            Arguments = look.Arguments,
            Question = look.Question,
            Progress = "Requested. Waiting until the event source has carried it out: it finishes the running batches first.",
            ServesStopped = true,
            RunAsync = async (client, context) =>
            {
                using var streams = await backend.CreateStreamsClientAsync(context.CancellationToken);
                try
                {
                    var outcome = await change(new(client, streams, new TableNames(), TimeProvider.System), context);
                    return (outcome.Done, outcome.ToReport());
                }
                catch (ControlRefusedException exception)
                {
                    return (false, new OperationReport(exception.Message));
                }
            },
        };

    /// <summary>How the dashboard offers a request.</summary>
    private sealed record Look(string Name, string DisplayName, string Icon)
    {
        public required string Description { get; init; }

        public required IReadOnlyList<CommandArgument> Arguments { get; init; }

        public string? Question { get; init; }
    }
}
