using System.CommandLine;
using NotifyQuery.Operations.Api;
using NotifyQuery.Operations.Inspection;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Operations.Simulation;
using NotifyQuery.Operations.Streams;

namespace NotifyQuery.Tools.Report;

/// <summary>atomic</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var file = new Option<FileInfo>("--output")
        {
            Description = "The file that is written.",
            DefaultValueFactory = _ => new(Path.Combine("docs", "verification.md")),
        };
        file.Validators.Add(result =>
        {
            if (result.GetValue(file) is { Directory.Exists: false } missing)
                result.AddError($"--output is '{missing}': there is no folder {missing.DirectoryName}.");
        });
        var results = new Option<FileInfo[]>("--test-results")
        {
            Description = "Results of the test suite (TRX files, 'dotnet test --logger trx').",
            AllowMultipleArgumentsPerToken = true,
        };
        results.Validators.Add(result =>
        {
            foreach (var missing in (result.GetValue(results) ?? []).Where(trx => !trx.Exists))
                result.AddError($"--test-results names '{missing}', which does not exist.");
        });
        var writes = new Option<int>("--writes") { Description = "How many writes are simulated.", DefaultValueFactory = _ => 2000 }.Within(
            1,
            1_000_000
        );
        var requests = new Option<int>("--requests")
        {
            Description = "How many requests are timed at the Handler, and as many through the gateway.",
            DefaultValueFactory = _ => 500,
        }.Within(1, 100_000);
        var command = new Command("report", "Run every check on a running system and write the results to docs/verification.md.")
        {
            file,
            results,
            writes,
            requests,
        };
        CommonOptions.RefuseToken(command);
        CommonOptions.AllowWrites(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var stage = "nothing was checked";
                StreamCheckStep? cleanUp = null;
                WriteSimulationResult? simulated = null;
                return Session.RunAsync(
                    parsed,
                    async session =>
                    {
                        var output = session.Output;
                        void Begin(string what)
                        {
                            stage = $"stopped at: {what}";
                            output.Line(what + " …");
                        }

                        var options = new ApiCheckOptions
                        {
                            Handler = session.Addresses.Handler is { } handler ? new(handler) : null,
                            Gateway = session.Addresses.Gateway is { } gateway ? new(gateway) : null,
                            Token = CommonOptions.Token,
                            Requests = parsed.GetValue(requests),
                        };
                        Begin("checking the stream");
                        var stream = await new StreamCheck(session.Client, session.Tables, TimeProvider.System).RunAsync(
                            TimeSpan.FromSeconds(5),
                            new Progress<StreamCheckStep>(step => cleanUp = step.Name == StreamCheck.CleanUp ? step : cleanUp),
                            cancellationToken
                        );
                        Begin("checking the API");
                        var api = await new ApiCheck(session.Http, TimeProvider.System).RunAsync(options, null, cancellationToken);
                        Begin("simulating writes");
                        simulated = await new WriteSimulation(session.Client, session.Tables, TimeProvider.System).RunAsync(
                            new()
                            {
                                Count = parsed.GetValue(writes),
                                Seed = Environment.TickCount,
                                Shares = new(Moves: 0.03),
                            },
                            new Progress<WriteSimulationResult>(result => simulated = result),
                            cancellationToken
                        );
                        Begin("comparing the tables");
                        var agreement = new ReconcileReport();
                        await new Reconciler(session.Client, session.Tables, TimeProvider.System).ReconcileAsync(
                            new(),
                            agreement,
                            cancellationToken
                        );
                        Begin("inspecting every part");
                        var inspection = await new Inspector(
                            session.Client,
                            session.Tables,
                            session.Http,
                            TimeProvider.System
                        ).InspectAsync(session.Addresses, 7, CommonOptions.Token, cancellationToken);

                        var report = new VerificationReport(
                            stream,
                            api,
                            simulated,
                            agreement,
                            inspection,
                            [.. (parsed.GetValue(results) ?? []).Select(TestResults.Read)],
                            TimeProvider.System.GetUtcNow()
                        );
                        var target = parsed.GetRequiredValue(file);
                        // completely or not at all
                        await File.WriteAllTextAsync(target.FullName, report.ToMarkdown(), CancellationToken.None);
                        output.Result(
                            new(target.FullName, report.Passed),
                            ToolsJson.Default.ReportAnswer,
                            () => Output.Say($"{target} is written: {(report.Passed ? "every check passed." : "NOT every check passed.")}")
                        );
                        return report.Passed ? ExitCode.Ok : ExitCode.CheckFailed;
                    },
                    SoFar,
                    cancellationToken
                );

                string SoFar() =>
                    $"No report is written: {stage}."
                    + (cleanUp is null ? "" : $" Stream check: {cleanUp.Detail}.")
                    + (simulated is null ? "" : $" Simulation: {simulated.Summary()}");
            }
        );
        return command.WithExamples("report", "report --output report.md --writes 10000");
    }
}

/// <summary>The result of <c>report</c>.</summary>
/// <param name="File">The file with the report.</param>
/// <param name="Passed">Whether every check passed.</param>
internal sealed record ReportAnswer(string File, bool Passed);
