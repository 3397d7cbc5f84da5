using System.CommandLine;
using NotifyQuery.Operations.Erasing;

namespace NotifyQuery.Tools.Erasing;

/// <summary><c>erase</c>: removes all stored data of a user.</summary>
internal static class EraseCommand
{
    public static Command Create()
    {
        var user = new Option<string>("--user") { Description = "The user's id.", Required = true };
        var yes = new Option<bool>("--yes") { Description = "Confirms that the data is removed permanently." };
        var settle = new Option<double>("--settle")
        {
            Description = "Seconds that the projection has to remove the notifications by itself.",
            DefaultValueFactory = _ => 2,
        }.Within(0, 3600);
        var segments = new Option<int>("--segments")
        {
            Description = "How many parts of a table are read at once.",
            DefaultValueFactory = _ => 4,
        }.Within(1, 64);
        var command = new Command("erase", "Remove what is stored of a user: commands, dead letters and notifications.")
        {
            user,
            yes,
            settle,
            segments,
        };
        CommonOptions.AllowWrites(command);
        command.Validators.Add(result =>
        {
            if (!result.GetValue(yes))
                result.AddError("'erase' removes a user's data permanently: add --yes to confirm.");
            if (result.GetValue(user) is "")
                result.AddError("--user is empty: name the user.");
        });
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var report = new ErasureReport();
                return Session.RunAsync(
                    parsed,
                    async session =>
                    {
                        await new Erasure(session.Client, session.Tables, TimeProvider.System).EraseAsync(
                            parsed.GetRequiredValue(user),
                            parsed.GetValue(segments),
                            TimeSpan.FromSeconds(parsed.GetValue(settle)),
                            report,
                            cancellationToken
                        );
                        session.Output.Result(EraseAnswer.Of(report), ToolsJson.Default.EraseAnswer, () => Output.Say(Summary()));
                        return ExitCode.Ok;
                    },
                    Summary,
                    cancellationToken
                );

                string Summary() =>
                    $"{report.Commands} commands and {report.DeadLetters} dead letters removed, {report.RecordsDropped} records dropped "
                    + $"from others' dead letters, "
                    + $"{report.Shown.Repaired} notifications without a command removed.";
            }
        );
        return command.WithExamples("erase --user user-0001 --yes", "erase --endpoint aws --user user-0001 --yes --allow-writes");
    }
}

/// <summary>The result of an erasure, as JSON.</summary>
internal sealed record EraseAnswer(long Commands, long DeadLetters, long RecordsDropped, long Notifications)
{
    public static EraseAnswer Of(ErasureReport report) =>
        new(report.Commands, report.DeadLetters, report.RecordsDropped, report.Shown.Repaired);
}
