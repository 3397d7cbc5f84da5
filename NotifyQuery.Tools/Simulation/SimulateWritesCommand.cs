using System.CommandLine;
using System.Globalization;
using NotifyQuery.Operations;
using NotifyQuery.Operations.Reports;
using NotifyQuery.Operations.Simulation;

namespace NotifyQuery.Tools.Simulation;

/// <summary><c>simulate-writes</c>: simulates the external systems.</summary>
internal static class SimulateWritesCommand
{
    public static Command Create()
    {
        var count = new Option<int>("--count") { Description = "How many writes.", DefaultValueFactory = _ => 1000 }.Within(
            1,
            int.MaxValue
        );
        var users = new Option<int>("--users") { Description = "How many users the writes are for.", DefaultValueFactory = _ => 50 }.Within(
            1,
            int.MaxValue
        );
        var rate = new Option<double?>("--rate") { Description = "Writes per second; as fast as possible if it is left out." };
        var seed = new Option<int>("--seed") { Description = "The same seed gives the same writes.", DefaultValueFactory = _ => 1 };
        var ifEmpty = new Option<bool>("--if-empty") { Description = "Do nothing if there are records already." };
        var removals = ShareOption("--removals", "Share of the writes to a sent notification that remove it.", new WriteShares().Removals);
        var moves = ShareOption("--moves", "Share of the writes to a notification that move it to another user.", new WriteShares().Moves);
        var poison = ShareOption("--poison", "Share of the inserts that can never be projected.", new WriteShares().Poison);
        rate.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && double.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && !(value > 0))
                result.AddError("--rate must be more than 0.");
        });

        var command = new Command("simulate-writes", "Write a realistic mix of inserts, status changes and removals to command-records.")
        {
            count,
            users,
            rate,
            seed,
            removals,
            moves,
            poison,
            ifEmpty,
        };
        CommonOptions.AllowWrites(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                WriteSimulationResult? made = null;
                return Session.RunAsync(
                    parsed,
                    async session =>
                    {
                        var options = new WriteSimulationOptions
                        {
                            Count = parsed.GetValue(count),
                            Users = parsed.GetValue(users),
                            Rate = parsed.GetValue(rate),
                            Seed = parsed.GetValue(seed),
                            Shares = new(parsed.GetValue(removals), parsed.GetValue(moves), parsed.GetValue(poison)),
                            IfEmpty = parsed.GetValue(ifEmpty),
                        };
                        var simulation = new WriteSimulation(session.Client, session.Tables, TimeProvider.System);
                        await session.Output.ShowProgressAsync(
                            "writing",
                            options.Count,
                            () => made?.Writes ?? 0,
                            async () =>
                                made = await simulation.RunAsync(
                                    options,
                                    new Progress<WriteSimulationResult>(result => made = result),
                                    cancellationToken
                                )
                        );
                        session.Output.Result(
                            made!,
                            OperationsJson.Default.WriteSimulationResult,
                            () => Output.Show(made!.ToReport(session.Tables))
                        );
                        return ExitCode.Ok;
                    },
                    () => made?.Summary(),
                    cancellationToken
                );
            }
        );
        return command.WithExamples(
            "simulate-writes --count 1000 --users 50 --rate 200",
            "simulate-writes --count 10000 --moves 0.05 --poison 0.01"
        );
    }

    private static Option<double> ShareOption(string name, string description, double standard) =>
        new Option<double>(name) { Description = description, DefaultValueFactory = _ => standard }.Within(0, 1);
}
