using System.Globalization;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Reports;

namespace NotifyQuery.Operations.Control;

/// <summary>The text of the projection's state, and of the result of a request.</summary>
public static class ControlReports
{
    private const string NotRunning = "No event source is running";

    /// <summary>The state of the projection, and of each shard.</summary>
    public static OperationReport ToReport(this ProjectionStatus status) =>
        new(Sentence(status), [.. Parts(status), new ReportSentence(Sentence(status))]);

    /// <summary>The result of a request, and the state of the projection afterwards.</summary>
    public static OperationReport ToReport(this ControlOutcome outcome) =>
        new(outcome.Summary, [.. Parts(outcome.Status), new ReportSentence(outcome.Summary)]);

    internal static string OfPause(ProjectionStatus status, bool already, TimeSpan within) =>
        status.State switch
        {
            ProjectionState.Disabled => (already ? "It was paused already. " : "") + Sentence(status),
            _ => $"The pause is requested, but not in force after {Text(within)}: {status.Name} is still finishing the running batches. "
                + "'projection status' shows when it is in force; a longer --wait waits for it.",
        };

    internal static string OfResume(ProjectionStatus status, bool already, TimeSpan within)
    {
        if (!status.Running)
            return $"{NotRunning}: nothing is delivered. When one starts, it delivers at once.{Waiting(status)}";
        return status.State is ProjectionState.Enabled
            ? (already ? "It was not paused. " : "Resumed. ") + Sentence(status)
            : $"Resuming is requested, but {status.Name} has not done it after {Text(within)}: see its log.";
    }

    internal static string OfReset(ProjectionStatus status, string to, int asked, int moved, bool taken, TimeSpan within)
    {
        if (asked == 0)
            return "No record waits in any shard: every position is already the latest.";
        var text =
            !status.Running
                ? $"{NotRunning}: the reset to {to} of {Count(asked, "shard")} is stored, and the next event source carries it out "
                    + "before it delivers anything."
            : !taken
                ? $"The reset is requested, but {status.Name} has not carried it out after {Text(within)}: "
                    + "it finishes the running batches first. 'projection status' shows when it has."
            : moved == asked ? $"{Count(moved, "shard")} reset to {to}."
            : $"{moved} of {Count(asked, "shard")} reset to {to}; the others are already past that position, or not in the stream that is "
                + "delivered.";
        if (taken && status.State is ProjectionState.Disabled)
            text += " Delivery is paused: 'projection resume' starts it from there.";
        if (status.GivenUpInSeconds is 0)
        {
            text +=
                " The oldest records are older than MaximumRecordAgeInSeconds: "
                + "they go to the dead letters instead of being delivered again.";
        }

        return text;
    }

    /// <summary>What delivers or who has paused delivery, and how old the oldest undelivered record is.</summary>
    internal static string Sentence(ProjectionStatus status)
    {
        var since = status.Since is { } moment ? $" since {Timestamp.Format(moment)}" : "";
        var by = status.PausedBy is { } operators ? $" by {operators}" : "";
        var text = status.State switch
        {
            ProjectionState.Disabled => $"Paused{since}{by}: nothing is delivered.",
            ProjectionState.Disabling => $"Pausing: {status.Name} is finishing the running batches.",
            ProjectionState.Enabling => $"Resuming: {status.Name} delivers soon.",
            _ => status.Running ? $"Enabled: {status.Name} delivers." : "Enabled, but nothing is delivered.",
        };
        if (!status.Running)
            text += $" {NotRunning}: start the system.";
        if (status.Shards.Any(shard => shard.Pending is not null))
            text += " A reset waits until an event source carries it out.";
        text += Waiting(status);
        return status.Note is { } note ? $"{text} {note}" : text;
    }

    private static string Waiting(ProjectionStatus status)
    {
        if (status.OldestWaitingSeconds is not { } age)
            return status.Shards.Count > 0 ? " No record waits." : "";
        if (status is { State: ProjectionState.Enabled, Running: true, GivenUpInSeconds: not 0 })
            return $" The oldest record that waits is {Text(age)} old."; // the record is being delivered

        var text = $" The oldest record that waits is {Text(age)} old; the stream keeps it for another {Text(status.KeptForSeconds ?? 0)}.";
        return status.GivenUpInSeconds switch
        {
            null => text,
            0 => $"{text} It is older than MaximumRecordAgeInSeconds: it goes to the dead letters instead of being delivered.",
            { } seconds => $"{text} In {Text(seconds)} it is older than MaximumRecordAgeInSeconds, "
                + "and would go to the dead letters instead of being delivered.",
        };
    }

    private static IEnumerable<ReportPart> Parts(ProjectionStatus status)
    {
        yield return new ReportTable(
            ["shard", "position", "lag", "reset to"],
            [
                .. status.Shards.Select(shard =>
                    (string[])[shard.ShardId, shard.Position, shard.LagSeconds is { } lag ? Text(lag) : "", shard.Pending ?? ""]
                ),
            ]
        );
        if (status.AskedAt is not { } at)
            yield break;
        var taken = status.Taken ? "carried out" : "not carried out yet";
        yield return new ReportSentence($"Last request: {status.AskedFor} by {status.AskedBy} at {Timestamp.Format(at)}, {taken}.");
    }

    private static string Count(int number, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");

    private static string Text(TimeSpan time) => Text(time.TotalSeconds);

    private static string Text(double seconds) =>
        TimeSpan.FromSeconds(seconds) switch
        {
            { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
            { TotalMinutes: < 60 } time => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds} s"),
            var time => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min"),
        };
}
