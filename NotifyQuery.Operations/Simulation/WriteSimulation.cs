using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Serialization;
using Amazon.DynamoDBv2;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Operations.Simulation;

/// <summary>The options of the simulation.</summary>
public sealed record WriteSimulationOptions
{
    /// <summary>How many writes.</summary>
    public int Count { get; init; } = 1000;

    /// <summary>The number of users.</summary>
    public int Users { get; init; } = 50;

    /// <summary>Writes per second; null for as fast as possible.</summary>
    public double? Rate { get; init; }

    /// <summary>The same seed gives the same writes.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How often the rarer writes occur.</summary>
    public WriteShares Shares { get; init; } = new();

    /// <summary>Whether to do nothing if there are records already.</summary>
    public bool IfEmpty { get; init; }
}

/// <summary>The writes so far.</summary>
/// <param name="Skipped">Whether nothing was done because there were records already.</param>
/// <param name="Writes">All writes.</param>
/// <param name="Seconds">The duration.</param>
/// <param name="Inserts">Notifications requested.</param>
/// <param name="StatusChanges">Status changes, by the new status.</param>
/// <param name="Removals">Records removed.</param>
/// <param name="Moves">Notifications moved to another user.</param>
/// <param name="Poison">Inserts that can never be projected.</param>
public sealed record WriteSimulationResult(
    bool Skipped,
    int Writes,
    double Seconds,
    int Inserts,
    IReadOnlyDictionary<string, int> StatusChanges,
    int Removals,
    int Moves,
    int Poison
)
{
    /// <summary>Writes per second.</summary>
    [JsonInclude]
    public double PerSecond => Writes / Math.Max(Seconds, 0.001);

    /// <summary>The result in one sentence.</summary>
    public string Summary() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Writes} writes in {Seconds:F1} s ({PerSecond:F0}/s): {Inserts} inserts, {StatusChanges.Values.Sum()} status changes "
                + $"({string.Join(", ", StatusChanges.Select(change => $"{change.Value} {change.Key}"))}), {Removals} removals, {Moves} "
                + $"moves, {Poison} that can never be projected."
        );
}

/// <summary>Simulates the external systems: writes a realistic mix to command-records.</summary>
public sealed class WriteSimulation(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    /// <summary>Runs the simulation.</summary>
    /// <param name="options">The options.</param>
    /// <param name="progress">Receives the writes so far, and once at the start. Called from several threads.</param>
    /// <param name="cancellationToken">Stops between two writes.</param>
    public async Task<WriteSimulationResult> RunAsync(
        WriteSimulationOptions options,
        IProgress<WriteSimulationResult>? progress,
        CancellationToken cancellationToken
    )
    {
        var tally = new Tally();
        var records = new DynamoDBCommandRecords(client, tables);
        if (options.IfEmpty && !await records.IsEmptyAsync(cancellationToken).ConfigureAwait(false))
            return tally.Result(skipped: true);

        progress?.Report(tally.Result());
        var writes = new SimulatedWrites(options.Users, options.Seed, time.GetUtcNow(), options.Shares).Take(options.Count);
        await new WriteSimulator(records, time)
            .RunAsync(
                writes,
                options.Rate,
                write =>
                {
                    tally.Add(write);
                    progress?.Report(tally.Result());
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return tally.Result();
    }

    /// <summary>Counts what was written, by kind.</summary>
    private sealed class Tally
    {
        private readonly long started = Stopwatch.GetTimestamp();
        private readonly int[] byKind = new int[Enum.GetValues<WriteKind>().Length];
        private readonly int[] byStatus = new int[Enum.GetValues<NotificationStatus>().Length];

        public void Add(SimulatedWrite write)
        {
            Interlocked.Increment(ref byKind[(int)write.Kind]);
            if (write.Kind is WriteKind.StatusChange)
                Interlocked.Increment(ref byStatus[(int)write.Record.Status!]);
        }

        public WriteSimulationResult Result(bool skipped = false) =>
            new(
                skipped,
                byKind.Sum(),
                Stopwatch.GetElapsedTime(started).TotalSeconds,
                byKind[(int)WriteKind.Insert],
                Enum.GetValues<NotificationStatus>()
                    .Where(status => byStatus[(int)status] > 0)
                    .ToDictionary(status => status.ToName(), status => byStatus[(int)status]),
                byKind[(int)WriteKind.Removal],
                byKind[(int)WriteKind.Move],
                byKind[(int)WriteKind.Poison]
            );
    }
}
