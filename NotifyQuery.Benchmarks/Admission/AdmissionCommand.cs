using System.CommandLine;
using System.Globalization;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Benchmarks.Admission;

/// <summary><c>admission</c>: simulates a campaign with a model of DynamoDB's admission control.</summary>
internal static class AdmissionCommand
{
    public static Command Create()
    {
        var defaults = new AdmissionOptions();
        var keys = new Option<int[]>("--keys")
        {
            Description = "The number of keys over which the campaign is spread; several numbers are simulated one after the other.",
            DefaultValueFactory = _ => [1, 16],
            AllowMultipleArgumentsPerToken = true,
        };
        var notifications = Number(
            "--notifications",
            "How many notifications the campaign has; each is written, then changes its status twice.",
            defaults.Notifications
        );
        var rate = Number("--rate", "The campaign's commands per second.", defaults.CommandsPerSecond);
        var ordinary = Number("--ordinary", "Commands per second of other campaigns.", defaults.OrdinaryPerSecond);
        var queries = Number("--queries", "Queries per second for the campaign's first page.", defaults.QueriesPerSecond);
        var warm = Number("--warm", "Write units per second for which the table and each index were warmed.", defaults.WarmUnits);
        var lanes = Number("--lanes", "Concurrent batches: shards times ParallelizationFactor.", defaults.Lanes);
        var burst = new Option<double>("--burst")
        {
            Description = "Seconds for which a partition keeps unused units.",
            DefaultValueFactory = _ => defaults.Limits.BurstSeconds,
        };
        var heat = new Option<double>("--heat")
        {
            Description = "Seconds after which a hot partition is split.",
            DefaultValueFactory = _ => defaults.Limits.HeatSeconds,
        };
        var command = new Command(
            "admission",
            "Simulate a campaign with a model of DynamoDB's admission control, and with the real projection and keys. It needs no engine."
        )
        {
            keys,
            notifications,
            rate,
            ordinary,
            queries,
            warm,
            lanes,
            burst,
            heat,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var options = defaults with
                {
                    Notifications = parsed.GetValue(notifications),
                    CommandsPerSecond = parsed.GetValue(rate),
                    OrdinaryPerSecond = parsed.GetValue(ordinary),
                    QueriesPerSecond = parsed.GetValue(queries),
                    WarmUnits = parsed.GetValue(warm),
                    Lanes = parsed.GetValue(lanes),
                    Limits = new(BurstSeconds: parsed.GetValue(burst), HeatSeconds: parsed.GetValue(heat)),
                };
                Console.WriteLine(
                    "| keys | commands | written in | throttled attempts at a write | caught up after | highest iterator age | hottest "
                        + "key, units/s | throttled reads | partitions of campaign-index, status-index |"
                );
                Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
                foreach (var number in parsed.GetValue(keys)!)
                    Console.WriteLine(Row(AdmissionModel.Play(options, KeySpread.Over(number), cancellationToken)));
                return Task.FromResult(0);
            }
        );
        return command;
    }

    private static Option<int> Number(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() < 1)
                result.AddError($"{name} must be at least 1.");
        });
        return option;
    }

    private static string Row(AdmissionResult result) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"| {result.Keys} | {result.Commands:N0} | {result.Writing:N0} s | {result.Throttled:N0} for {result.Applied:N0} writes | "
                + $"{(result.GaveUp ? "never: records became too old" : $"{result.CatchUp:N0} s")} | {result.IteratorAge:N1} s | "
                + $"`{result.HottestKey}`, {result.HottestUnits:N0} | {result.ThrottledReads:N0} | {result.Partitions.Campaign}, "
                + $"{result.Partitions.Status} |"
        );
}
