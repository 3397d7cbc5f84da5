using System.Globalization;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Reports;

namespace NotifyQuery.Operations.Failures;

/// <summary>An operation on dead letters.</summary>
public enum FailureOperation
{
    /// <summary>The current state of each command is projected.</summary>
    Retry,

    /// <summary>Dead letters are settled without a projection.</summary>
    Discard,
}

/// <summary>The progress of an operation on many dead letters. The figures may be read while it runs.</summary>
/// <param name="operation">The operation.</param>
/// <param name="dryRun">Whether this is a dry run, which changes nothing.</param>
public sealed class FailureRunReport(FailureOperation operation, bool dryRun)
{
    private readonly FailureGroups failed = new();
    private long settled,
        settledBefore,
        failedBefore,
        arrived;

    /// <summary>Dead letters that are settled; in a dry run, those that would be.</summary>
    public long Settled => Interlocked.Read(ref settled);

    /// <summary>Dead letters that failed again; in a dry run, those that would.</summary>
    public long Failed => failed.Letters;

    /// <summary>Dead letters that the same run settled before it was interrupted.</summary>
    public long SettledBefore => Interlocked.Read(ref settledBefore);

    /// <summary>Dead letters that failed again in the same run before it was interrupted.</summary>
    public long FailedBefore => Interlocked.Read(ref failedBefore);

    /// <summary>Dead letters that were stored after the run began, as far as the run read them. They are not processed.</summary>
    public long Arrived => Interlocked.Read(ref arrived);

    /// <summary>The causes of the dead letters that failed again.</summary>
    public IReadOnlyList<FailureGroup> Causes => failed.All;

    /// <summary>The run, once it has started; null for a dry run.</summary>
    public FailureRun? Run { get; internal set; }

    /// <summary>The figures in one or two sentences.</summary>
    public string Summary()
    {
        var done = (operation, dryRun) switch
        {
            (FailureOperation.Retry, true) =>
                $"Dry run, nothing is changed: {Number(Settled)} would be settled, {Number(Failed)} would fail again.",
            (FailureOperation.Discard, true) => $"Dry run, nothing is changed: {Number(Settled)} would be discarded.",
            (FailureOperation.Retry, false) => $"{Number(Settled)} settled, {Number(Failed)} failed again.",
            _ => $"{Number(Settled)} discarded.",
        };
        if (Run is { Continued: true } run)
        {
            done +=
                $" Earlier, the same run, started {Timestamp.Format(run.StartedAt)}, "
                + (
                    operation is FailureOperation.Retry
                        ? $"settled {Number(SettledBefore)}, and {Number(FailedBefore)} failed again."
                        : $"discarded {Number(SettledBefore)}."
                );
        }

        return Arrived == 0
            ? done
            : done + $" {Number(Arrived)} or more arrived since it began and were not processed: run it again for them.";
    }

    /// <summary>The causes of the dead letters that failed again, and the figures.</summary>
    public OperationReport ToReport() => new(Summary(), [FailureReports.TableOf(Causes), new ReportSentence(Summary())]);

    internal void AddSettled() => Interlocked.Increment(ref settled);

    internal void AddFailed(StoredDeadLetter letter, string problem) => failed.Add(letter, problem);

    internal void AddBefore(bool wasSettled) => Interlocked.Increment(ref wasSettled ? ref settledBefore : ref failedBefore);

    internal void AddArrived() => Interlocked.Increment(ref arrived);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The reports of dead letters.</summary>
public static class FailureReports
{
    /// <summary>Dead letters by cause.</summary>
    public static OperationReport ToReport(this FailureGroups groups, string which) =>
        new(
            $"{groups.Letters.ToString(CultureInfo.InvariantCulture)} dead letters {which}.",
            [TableOf(groups.All), new ReportSentence($"{groups.Letters.ToString(CultureInfo.InvariantCulture)} dead letters {which}.")]
        );

    internal static ReportTable TableOf(IReadOnlyList<FailureGroup> groups) =>
        new(
            ["letters", "cause", "first", "last", "example"],
            [
                .. groups.Select(group =>
                    (string[])[group.Letters.ToString(CultureInfo.InvariantCulture), group.Cause, group.First, group.Last, group.Example]
                ),
            ]
        );
}
