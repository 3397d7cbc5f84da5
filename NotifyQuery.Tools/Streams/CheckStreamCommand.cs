using System.CommandLine;
using NotifyQuery.Operations;
using NotifyQuery.Operations.Reports;
using NotifyQuery.Operations.Streams;

namespace NotifyQuery.Tools.Streams;

/// <summary><c>check-stream</c>: checks that changes of command-records arrive in notification-records.</summary>
internal static class CheckStreamCommand
{
    public static Command Create()
    {
        var within = new Option<double>("--within")
        {
            Description = "Seconds that each change may take to be seen.",
            DefaultValueFactory = _ => 5,
        }.Within(0.1, 3600);
        var command = new Command(
            "check-stream",
            "Write a marked record, change, move and remove it, and check that each change arrives, field by field."
        )
        {
            within,
        };
        CommonOptions.AllowWrites(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var seen = new List<StreamCheckStep>();
                return Session.RunAsync(
                    parsed,
                    async session =>
                    {
                        var check = new StreamCheck(session.Client, session.Tables, TimeProvider.System);
                        var result = await check.RunAsync(
                            TimeSpan.FromSeconds(parsed.GetValue(within)),
                            new Progress<StreamCheckStep>(seen.Add),
                            cancellationToken
                        );
                        session.Output.Result(
                            result,
                            OperationsJson.Default.StreamCheckResult,
                            () => Output.Show(result.ToReport(session.Tables))
                        );
                        return result.Passed ? ExitCode.Ok : ExitCode.CheckFailed;
                    },
                    () => SoFar(seen),
                    cancellationToken
                );
            }
        );
        return command.WithExamples("check-stream", "check-stream --within 30 --json", "check-stream --endpoint aws --allow-writes");
    }

    private static string SoFar(List<StreamCheckStep> seen) =>
        seen.Find(step => step.Name == StreamCheck.CleanUp) is { } cleanUp
            ? $"{seen.Count - 1} changes were checked; {cleanUp.Detail}."
            : "Nothing was written.";
}
