using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB.Streams;

namespace NotifyQuery.DynamoDB;

/// <summary>One operation on many dead letters, from its begin to its end, however often it is interrupted.</summary>
/// <param name="Id">Names the run in the letters that it is done with.</param>
/// <param name="StartedAt">When it began: letters that are kept later are none of its own.</param>
/// <param name="Window">Which letters it is about.</param>
/// <param name="Continued">Whether it was begun before, and did not come to its end.</param>
public sealed record FailureRun(string Id, DateTimeOffset StartedAt, FailureWindow Window, bool Continued);

/// <summary>Keeps in stream-checkpoints which operations on many dead letters have begun and not ended.</summary>
/// <param name="client">The engine.</param>
/// <param name="tables">The tables' names.</param>
/// <param name="time">The clock.</param>
public sealed class FailureRuns(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    private const string RunId = "run_id";
    private const string StartedAt = "started_at";
    private const string Since = "since";
    private const string Until = "until";

    // One that was forgotten must not hide letters that came since.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>Begins a run, or goes on with the one of this name that has not ended.</summary>
    /// <param name="name">What is done to which letters: the same for the same command.</param>
    /// <param name="window">Which letters a new run is about.</param>
    /// <param name="restart">Whether to begin again, whatever there is.</param>
    /// <param name="cancellationToken">Ends the requests.</param>
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

    /// <summary>Forgets a run: it has come to its end.</summary>
    public Task EndAsync(string name, CancellationToken cancellationToken) =>
        client.DeleteItemAsync(tables.StreamCheckpoints, KeyOf(name), cancellationToken);

    /// <summary>A run as it is kept; null when that cannot be read: then it counts as not there.</summary>
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
