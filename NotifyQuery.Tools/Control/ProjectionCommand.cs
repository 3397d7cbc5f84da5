using System.CommandLine;
using NotifyQuery.Operations;
using NotifyQuery.Operations.Control;

namespace NotifyQuery.Tools.Control;

/// <summary><c>projection</c>: pauses and resumes the delivery of changes, and moves its position in the stream.</summary>
internal static class ProjectionCommand
{
    private const string TrimHorizon = "trim-horizon";
    private const int LongestName = 200;

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(45); // a batch may take 30 s

    public static Command Create() =>
        new("projection", "Pause and resume the delivery of changes to notification-records, and move its position in the stream.")
        {
            CreateStatus(),
            CreateChange(
                "pause",
                "Deliver nothing until delivery is resumed. Changes wait in the stream, for at most 24 hours.",
                (control, by, within, cancellation) => control.PauseAsync(by, within, cancellation)
            ),
            CreateChange(
                "resume",
                "Continue delivery where it was paused.",
                (control, by, within, cancellation) => control.ResumeAsync(by, within, cancellation)
            ),
            CreateReset(),
        };

    private static Command CreateStatus()
    {
        var function = FunctionOption();
        var command = new Command("status", "Show whether changes are delivered, each shard's position and lag, and the last request.")
        {
            function,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    parsed,
                    function,
                    async (session, control) =>
                    {
                        var status = await control.StatusAsync(cancellationToken);
                        session.Output.Result(status, OperationsJson.Default.ProjectionStatus, () => Output.Show(status.ToReport()));
                        return ExitCode.Ok;
                    },
                    cancellationToken
                )
        );
        return command.WithExamples("projection status", "projection status --json", "projection status --endpoint aws");
    }

    private static Command CreateChange(
        string name,
        string description,
        Func<IProjectionControl, string, TimeSpan, CancellationToken, Task<ControlOutcome>> change
    )
    {
        var (function, wait, by) = (FunctionOption(), WaitOption(), ByOption());
        var command = new Command(name, description) { wait, by, function };
        AllowChange(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    parsed,
                    function,
                    async (session, control) =>
                        Show(session, await change(control, parsed.GetRequiredValue(by), parsed.GetValue(wait), cancellationToken)),
                    cancellationToken
                )
        );
        return command.WithExamples($"projection {name}", $"projection {name} --endpoint aws --allow-writes");
    }

    private static Command CreateReset()
    {
        var to = new Option<string>("--to")
        {
            Description =
                "trim-horizon (the oldest record that the stream keeps), latest (after all waiting records), "
                + "or a sequence number (with that record).",
            DefaultValueFactory = _ => TrimHorizon,
        };
        var shard = new Option<string?>("--shard") { Description = "One shard, as 'projection status' lists it (default: all)." };
        var yes = new Option<bool>("--yes") { Description = "Confirms that the positions are replaced." };
        var (function, wait, by) = (FunctionOption(), WaitOption(), ByOption());
        var command = new Command(
            "reset",
            "Deliver again from another position. Records that were delivered before change nothing when delivered again."
        )
        {
            to,
            shard,
            yes,
            wait,
            by,
            function,
        };
        command.Validators.Add(result =>
        {
            var position = result.GetValue(to) ?? TrimHorizon; // the default is not set yet
            if (ControlText.Problem(position, result.GetValue(shard)) is { } problem)
                result.AddError(problem);
            else if (result.GetValue(CommonOptions.Endpoint) is not CommonOptions.Account && !result.GetValue(yes))
                result.AddError($"'reset' {ControlText.Effect(position)}: add --yes to confirm.");
        });
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    parsed,
                    function,
                    async (session, control) =>
                        Show(
                            session,
                            await control.ResetAsync(
                                parsed.GetRequiredValue(to),
                                parsed.GetValue(shard),
                                parsed.GetRequiredValue(by),
                                parsed.GetValue(wait),
                                cancellationToken
                            )
                        ),
                    cancellationToken
                )
        );
        return command.WithExamples(
            "projection reset --yes",
            "projection reset --to latest --yes",
            "projection reset --to 000000000000000002503 --shard <shard> --yes"
        );
    }

    private static int Show(Session session, ControlOutcome outcome)
    {
        session.Output.Result(outcome, OperationsJson.Default.ControlOutcome, () => Output.Show(outcome.ToReport()));
        return outcome.Done ? ExitCode.Ok : ExitCode.CheckFailed;
    }

    private static Task<int> RunAsync(
        ParseResult parsed,
        Option<string?> function,
        Func<Session, IProjectionControl, Task<int>> work,
        CancellationToken cancellationToken
    ) =>
        Session.RunAsync(
            parsed,
            async session =>
            {
                try
                {
                    if (session.Addresses.Endpoint is not null)
                    {
                        using var streams = session.CreateStreamsClient();
                        return await work(session, new EventSourceControl(session.Client, streams, session.Tables, TimeProvider.System));
                    }

                    using var lambda = session.CreateLambdaClient();
                    return await work(
                        session,
                        new MappingControl(lambda, session.Client, session.Tables, parsed.GetValue(function), TimeProvider.System)
                    );
                }
                catch (ControlRefusedException exception)
                {
                    return session.Output.Fail(exception.Message, ExitCode.CheckFailed);
                }
            },
            () => "The request remains: 'projection status' shows its result.",
            cancellationToken
        );

    /// <summary>Refuses to change an account's mapping without explicit permission.</summary>
    private static void AllowChange(Command command) =>
        CommonOptions.AllowWrites(command, "changes the account's event source mapping", "yes, change the account's event source mapping");

    private static Option<TimeSpan> WaitOption() =>
        OptionExtensions.Duration(
            "--wait",
            "How long to wait until the request is carried out.",
            Wait,
            TimeSpan.Zero,
            TimeSpan.FromHours(1)
        );

    private static Option<string> ByOption()
    {
        var by = new Option<string>("--by")
        {
            Description = "Who makes the request; shown by 'projection status'.",
            DefaultValueFactory = _ => $"{Environment.UserName}@{Environment.MachineName}",
        };
        by.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value.Length: 0 or > LongestName }])
                result.AddError($"--by must have 1 to {LongestName} characters.");
        });
        return by;
    }

    private static Option<string?> FunctionOption() =>
        new("--function")
        {
            Description = $"With --endpoint {CommonOptions.Account}: the function whose event source mapping to use, if there are several.",
        };
}
