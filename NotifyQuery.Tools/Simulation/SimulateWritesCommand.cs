using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Tools.Simulation;

/// <summary><c>simulate-writes</c>: plays the external systems.</summary>
internal static class SimulateWritesCommand
{
    public static Command Create()
    {
        var count = new Option<int>("--count") { Description = "How many writes.", DefaultValueFactory = _ => 1000 }.Within(1, int.MaxValue);
        var users = new Option<int>("--users") { Description = "How many users they are for.", DefaultValueFactory = _ => 50 }.Within(1, int.MaxValue);
        var rate = new Option<double?>("--rate") { Description = "Writes per second; as fast as it goes when left out." };
        var seed = new Option<int>("--seed") { Description = "The same seed gives the same writes.", DefaultValueFactory = _ => 1 };
        var endpoint = Session.EndpointOption();
        var ifEmpty = new Option<bool>("--if-empty") { Description = "Do nothing if there are records already." };
        var allowWrites = new Option<bool>("--allow-writes") { Description = $"Needed with --endpoint {Backend.Account}: the writes are made up, the account is real." };
        var removals = ShareOption("--removals", "Share of the writes to a sent notification which remove it.", new WriteShares().Removals);
        var moves = ShareOption("--moves", "Share of the writes to a notification which give it to another user.", new WriteShares().Moves);
        var poison = ShareOption("--poison", "Share of the inserts which can never be projected.", new WriteShares().Poison);
        rate.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && double.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && !(value > 0)) result.AddError("--rate must be more than 0.");
        });

        var command = new Command("simulate-writes", "Write a believable mix of inserts, status changes and removals to command-records.")
        {
            count, users, rate, seed, removals, moves, poison, endpoint, ifEmpty, allowWrites,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(endpoint) is Backend.Account && !result.GetValue(allowWrites))
                result.AddError($"--endpoint {Backend.Account} is an account, and simulate-writes would fill it with made-up records: add --allow-writes if that is meant.");
        });
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new(parsed.GetValue(count), parsed.GetValue(users), parsed.GetValue(rate), parsed.GetValue(seed),
                new(parsed.GetValue(removals), parsed.GetValue(moves), parsed.GetValue(poison)), parsed.GetValue(endpoint), parsed.GetValue(ifEmpty)),
            cancellationToken));
        return command;
    }

    private sealed record Settings(int Count, int Users, double? Rate, int Seed, WriteShares Shares, string? Endpoint, bool IfEmpty);

    private static Option<double> ShareOption(string name, string description, double standard) =>
        new Option<double>(name) { Description = description, DefaultValueFactory = _ => standard }.Within(0, 1);

    private static async Task<int> RunAsync(Settings settings, CancellationToken cancellationToken)
    {
        var made = new Tally();
        var started = Stopwatch.GetTimestamp();
        return await Session.RunAsync(settings.Endpoint, async session =>
        {
            var records = new DynamoDBCommandRecords(session.Client, session.Tables);
            if (settings.IfEmpty && !await records.IsEmptyAsync(cancellationToken))
            {
                Console.WriteLine($"{session.Tables.CommandRecords} has records already.");
                return ExitCode.Ok;
            }

            var writes = new SimulatedWrites(settings.Users, settings.Seed, TimeProvider.System.GetUtcNow(), settings.Shares).Take(settings.Count);
            await Session.ShowProgressAsync("writing", settings.Count, () => made.Total,
                () => new WriteSimulator(records, TimeProvider.System).RunAsync(writes, settings.Rate, made.Add, cancellationToken));
            return ExitCode.Ok;
        }, () => made.Summary(Stopwatch.GetElapsedTime(started)), cancellationToken);
    }

    /// <summary>Counts what was written, by kind.</summary>
    private sealed class Tally
    {
        private readonly int[] byKind = new int[Enum.GetValues<WriteKind>().Length];
        private readonly int[] byStatus = new int[Enum.GetValues<NotificationStatus>().Length];

        public int Total => byKind.Sum();

        public void Add(SimulatedWrite write)
        {
            Interlocked.Increment(ref byKind[(int)write.Kind]);
            if (write.Kind is WriteKind.StatusChange) Interlocked.Increment(ref byStatus[(int)write.Record.Status!]);
        }

        public string Summary(TimeSpan elapsed)
        {
            var total = Total;
            var changes = string.Join(", ", Enum.GetValues<NotificationStatus>().Where(s => byStatus[(int)s] > 0).Select(s => $"{byStatus[(int)s]} {s.ToName()}"));
            return string.Create(CultureInfo.InvariantCulture,
                $"{total} writes in {elapsed.TotalSeconds:F1} s ({total / Math.Max(elapsed.TotalSeconds, 0.001):F0}/s): {byKind[(int)WriteKind.Insert]} inserts, {byKind[(int)WriteKind.StatusChange]} status changes ({changes}), {byKind[(int)WriteKind.Removal]} removals, {byKind[(int)WriteKind.Move]} moves, {byKind[(int)WriteKind.Poison]} that can never be projected.");
        }
    }
}
