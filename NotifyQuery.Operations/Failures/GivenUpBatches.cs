using System.Text;
using Amazon.DynamoDBStreams;
using Amazon.DynamoDBStreams.Model;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.Operations.Reconciliation;

namespace NotifyQuery.Operations.Failures;

/// <summary>
/// Recovers the batches that the event source mapping on AWS no longer retries. Reads the records from the stream while it still has them,
/// projects the current state of each command, and stores a dead letter if that is not possible. Only then the message is deleted.
/// </summary>
/// <param name="client">The engine.</param>
/// <param name="streams">The engine's streams.</param>
/// <param name="queue">The queue.</param>
/// <param name="deadLetters">The store for records that cannot be projected.</param>
/// <param name="tables">The tables' names.</param>
/// <param name="time">The clock.</param>
public sealed class GivenUpBatches(
    IAmazonDynamoDB client,
    IAmazonDynamoDBStreams streams,
    GivenUpQueue queue,
    IDeadLetters deadLetters,
    TableNames tables,
    TimeProvider time
)
{
    private readonly Reconciler reconciler = new(client, tables, time);

    /// <summary>The batches in the queue. The messages are hidden from others during the call.</summary>
    /// <param name="limit">The maximum number of batches.</param>
    /// <param name="cancellationToken">Stops between two messages.</param>
    public async Task<(IReadOnlyList<GivenUpBatch> Batches, int Unreadable)> ListAsync(int limit, CancellationToken cancellationToken)
    {
        var batches = new List<GivenUpBatch>();
        var unreadable = 0;
        await EachAsync(
                time.GetUtcNow(),
                new(),
                (message, _) =>
                {
                    if (GivenUpBatch.TryRead(message.Body, out var batch))
                        batches.Add(batch);
                    else
                        unreadable++;
                    return Task.FromResult(false);
                },
                () => batches.Count + unreadable < limit,
                cancellationToken
            )
            .ConfigureAwait(false);
        return (batches, unreadable);
    }

    /// <summary>Retries all batches that are in the queue at the start.</summary>
    /// <param name="report">Filled while it runs.</param>
    /// <param name="cancellationToken">Stops the run. Unsettled messages are visible again after <see cref="GivenUpQueue.Hidden"/>.</param>
    public Task RetryAsync(GivenUpReport report, CancellationToken cancellationToken) =>
        EachAsync(time.GetUtcNow(), report, (message, stop) => SettleAsync(message, report, stop), () => true, cancellationToken);

    /// <summary>Deletes all batches that are in the queue at the start, without reading the stream.</summary>
    /// <inheritdoc cref="RetryAsync" />
    public Task DiscardAsync(GivenUpReport report, CancellationToken cancellationToken)
    {
        return EachAsync(time.GetUtcNow(), report, Settle, () => true, cancellationToken);

        Task<bool> Settle(GivenUpMessage message, CancellationToken stop)
        {
            var isBatch = GivenUpBatch.TryRead(message.Body, out _);
            if (isBatch)
                report.Settled++;
            else
                report.Unreadable++;
            return Task.FromResult(isBatch);
        }
    }

    /// <summary>Processes each message. Deletes a message if the result says so, and releases the others at the end.</summary>
    private async Task EachAsync(
        DateTimeOffset began,
        GivenUpReport report,
        Func<GivenUpMessage, CancellationToken, Task<bool>> act,
        Func<bool> goOn,
        CancellationToken cancellationToken
    )
    {
        var kept = new List<GivenUpMessage>(); // at most as many as SQS allows in flight
        try
        {
            await foreach (var message in queue.ReceiveAsync(cancellationToken).ConfigureAwait(false))
            {
                var late = message.SentAt > began;
                if (late)
                    report.Arrived++;
                var done = !late && await act(message, cancellationToken).ConfigureAwait(false);
                if (done)
                    await queue.DeleteAsync(message, cancellationToken).ConfigureAwait(false);
                else
                    kept.Add(message);
                if (!goOn())
                    break;
            }
        }
        finally
        {
            if (!cancellationToken.IsCancellationRequested)
                foreach (var message in kept)
                    await queue.ReleaseAsync(message, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> SettleAsync(GivenUpMessage message, GivenUpReport report, CancellationToken cancellationToken)
    {
        if (!GivenUpBatch.TryRead(message.Body, out var batch))
        {
            report.Unreadable++;
            return false;
        }

        try
        {
            var records = new List<Record>(DeadLetterRetry.MostAtOnce);
            await foreach (var record in new StreamRange(streams, time).ReadAsync(batch, cancellationToken).ConfigureAwait(false))
            {
                records.Add(record);
                if (records.Count == DeadLetterRetry.MostAtOnce)
                    await FlushAsync().ConfigureAwait(false);
            }

            if (records.Count > 0)
                await FlushAsync().ConfigureAwait(false);
            report.Settled++;
            return true;

            async Task FlushAsync()
            {
                await queue.HideAsync(message, cancellationToken).ConfigureAwait(false);
                await ProjectAsync(batch, records, report, cancellationToken).ConfigureAwait(false);
                records.Clear();
            }
        }
        catch (StreamTrimmedException)
        {
            report.AddTrimmed(batch);
            return false;
        }
    }

    private async Task ProjectAsync(GivenUpBatch batch, List<Record> records, GivenUpReport report, CancellationToken cancellationToken)
    {
        var letters = records
            .Select(record => new StoredDeadLetter(
                "",
                batch.Condition,
                "",
                batch.Invocations,
                false,
                null,
                KeyOf(record, AttributeNames.TransactionId),
                KeyOf(record, AttributeNames.CreatedAt),
                null
            ))
            .ToList();
        var problems = await DeadLetterRetry.ProjectAsync(letters, reconciler, cancellationToken).ConfigureAwait(false);
        foreach (var (record, problem) in records.Zip(problems))
        {
            report.Records++;
            if (problem is null)
                continue;
            report.DeadLetters++;
            var result = await deadLetters.PutAsync(LetterOf(batch, record, problem), cancellationToken).ConfigureAwait(false);
            if (result.Outcome is WriteOutcome.Unavailable)
                throw new AmazonClientException($"a dead letter could not be stored: {result.Reason}");
        }
    }

    private DeadLetter LetterOf(GivenUpBatch batch, Record record, string problem) =>
        new()
        {
            EventId = record.EventID is { Length: > 0 } id ? id : record.Dynamodb.SequenceNumber,
            CommittedAt = record.Dynamodb.ApproximateCreationDateTime is { } created ? new(created.ToUniversalTime()) : time.GetUtcNow(),
            SequenceNumber = record.Dynamodb.SequenceNumber,
            TransactionId = KeyOf(record, AttributeNames.TransactionId),
            CreatedAt = KeyOf(record, AttributeNames.CreatedAt),
            Record = Encoding.UTF8.GetString(StreamRecordJson.ToJson(record, batch.StreamArn)),
            ErrorType = batch.Condition,
            ErrorMessage = problem,
            Attempts = batch.Invocations,
        };

    private static string? KeyOf(Record record, string attribute) => record.Dynamodb?.Keys?.GetValueOrDefault(attribute)?.S;
}
