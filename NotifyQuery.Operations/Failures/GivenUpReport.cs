using System.Globalization;
using System.Text;
using NotifyQuery.Operations.Reports;

namespace NotifyQuery.Operations.Failures;

/// <summary>The progress of a run on batches that are no longer retried. The figures may be read while it runs.</summary>
public sealed class GivenUpReport
{
    private readonly List<GivenUpBatch> trimmed = [];

    /// <summary>Batches whose records are all projected or stored as dead letters.</summary>
    public long Settled { get; internal set; }

    /// <summary>Records that were read again.</summary>
    public long Records { get; internal set; }

    /// <summary>Records that are stored as dead letters, because the current state of their command can never be projected.</summary>
    public long DeadLetters { get; internal set; }

    /// <summary>Messages that are not from an event source mapping. They are not changed.</summary>
    public long Unreadable { get; internal set; }

    /// <summary>Messages that were sent after the run began. They are not changed.</summary>
    public long Arrived { get; internal set; }

    /// <summary>Batches that are no longer completely in the stream. They stay in the queue.</summary>
    public IReadOnlyList<GivenUpBatch> Trimmed => trimmed;

    /// <summary>The figures in a few sentences, with the next steps.</summary>
    public string Summary()
    {
        var text = new StringBuilder(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Settled} batches settled: {Records} records read again, {Records - DeadLetters} projected, {DeadLetters} stored as dead "
                    + $"letters."
            )
        );
        if (trimmed.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" {trimmed.Count} are no longer in the stream, which keeps a record for 24 hours:")
                .Append(" run 'reconcile --repair', which compares all commands, then 'failures given-up discard'.");
        }

        if (Unreadable > 0)
            text.Append(
                CultureInfo.InvariantCulture,
                $" {Unreadable} messages are not from an event source mapping and stay in the queue."
            );
        if (Arrived > 0)
            text.Append(CultureInfo.InvariantCulture, $" {Arrived} arrived since it began: run it again for them.");
        return text.ToString();
    }

    /// <summary>The remaining batches, and the figures.</summary>
    public OperationReport ToReport() => new(Summary(), [GivenUpReports.TableOf(trimmed), new ReportSentence(Summary())]);

    internal void AddTrimmed(GivenUpBatch batch) => trimmed.Add(batch);
}

/// <summary>The table of batches.</summary>
public static class GivenUpReports
{
    /// <summary>A row for each batch.</summary>
    public static ReportTable TableOf(IReadOnlyList<GivenUpBatch> batches) =>
        new(
            ["given up at", "condition", "records", "shard", "from", "to"],
            [
                .. batches.Select(batch =>
                    (string[])
                        [
                            batch.At,
                            batch.Condition,
                            batch.Records.ToString(CultureInfo.InvariantCulture),
                            batch.ShardId,
                            batch.Start,
                            batch.End,
                        ]
                ),
            ]
        );
}
