using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB.Streams;

namespace NotifyQuery.DynamoDB;

/// <summary>One operation on many dead letters, from start to end, across interruptions.</summary>
/// <param name="Id">The id of the run, stored in the letters that it has processed.</param>
/// <param name="StartedAt">When it started. Letters that were stored later are not part of the run.</param>
/// <param name="Window">Which letters it processes.</param>
/// <param name="Continued">Whether it was started before and did not finish.</param>
public sealed record FailureRun(string Id, DateTimeOffset StartedAt, FailureWindow Window, bool Continued);

/// <summary>Stores in stream-checkpoints which operations on many dead letters have started and not finished.</summary>
/// <param name="client">The DynamoDB client.</param>
/// <param name="tables">The tables' names.</param>
/// <param name="time">The clock.</param>
public sealed class FailureRuns(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    private const string RunId = "run_id";
    private const string StartedAt = "started_at";
    private const string Since = "since";
    private const string Until = "until";

    // A run that is older is not continued, because letters that were stored after its start would be left out.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>Starts a run, or continues the unfinished run with this name.</summary>
    /// <param name="name">The operation and its letters: the same for the same command.</param>
    /// <param name="window">Which letters a new run processes.</param>
    /// <param name="restart">Whether to start over, even if there is an unfinished run.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    public async Task<FailureRun> BeginAsync(string name, FailureWindow window, bool restart, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var item = restart
            ? null
            : (await client.GetItemAsync(tables.StreamCheckpoints, KeyOf(name), true, cancellationToken).ConfigureAwait(false)).Item;
        if (item is not null && Read(item) is { } begun && now - begun.StartedAt < Longest)
            return begun;
        var run = new FailureRun(Guid.NewGuid().ToString("N"), now, window, Continued: false);
        item = KeyOf(name);
        item[RunId] = new(run.Id);
        item[StartedAt] = new(Timestamp.Format(now));
        item[Since] = new(Timestamp.Format(window.Since));
        if (window.Until is { } until)
            item[Until] = new(Timestamp.Format(until));
        await client.PutItemAsync(tables.StreamCheckpoints, item, cancellationToken).ConfigureAwait(false);
        return run;
    }

    /// <summary>Deletes a run that has finished.</summary>
    public Task EndAsync(string name, CancellationToken cancellationToken) =>
        client.DeleteItemAsync(tables.StreamCheckpoints, KeyOf(name), cancellationToken);

    /// <summary>Parses a stored run; null when the item is unreadable. An unreadable run counts as absent.</summary>
    private static FailureRun? Read(Dictionary<string, AttributeValue> item)
    {
        if (
            item.GetValueOrDefault(RunId)?.S is not { Length: > 0 } id
            || Moment(StartedAt) is not { } started
            || Moment(Since) is not { } since
        )
        {
            return null;
        }

        return new(id, started, new(since, Moment(Until)), Continued: true);

        DateTimeOffset? Moment(string attribute) =>
            item.GetValueOrDefault(attribute)?.S is { } text && Timestamp.IsValid(text) ? Timestamp.Parse(text) : null;
    }

    private Dictionary<string, AttributeValue> KeyOf(string name) => CheckpointItem.Key($"failures#{tables.ProjectionFailures}", name);
}
