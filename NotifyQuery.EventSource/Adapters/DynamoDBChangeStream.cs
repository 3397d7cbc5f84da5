using System.Security.Cryptography;
using System.Text;
using Amazon.DynamoDBStreams;
using Amazon.DynamoDBStreams.Model;
using Amazon.DynamoDBv2;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;
using OpenTelemetry;

namespace NotifyQuery.EventSource.Adapters;

/// <summary>
/// The stream of a table, read with the DynamoDB Streams API. The stream is polled continuously, so successful calls create no spans.
/// <see cref="ShardConsumer"/> creates a span for a failed poll.
/// </summary>
/// <param name="tables">The DynamoDB client.</param>
/// <param name="streams">The DynamoDB Streams client.</param>
/// <param name="deadLetters">
/// Stores records that cannot be delivered because they have no sequence number; null to skip such records.
/// </param>
/// <param name="time">The clock for records without a creation time; null for the system clock.</param>
internal sealed class DynamoDBChangeStream(
    IAmazonDynamoDB tables,
    IAmazonDynamoDBStreams streams,
    IDeadLetters? deadLetters = null,
    TimeProvider? time = null
) : IChangeStream
{
    /// <inheritdoc />
    public async Task<string?> FindAsync(string tableName, CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        try
        {
            var description = await tables.DescribeTableAsync(tableName, cancellationToken);
            return string.IsNullOrEmpty(description.Table.LatestStreamArn) ? null : description.Table.LatestStreamArn;
        }
        catch (Amazon.DynamoDBv2.Model.ResourceNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public async Task<string?> FindNextAsync(string tableName, string streamArn, CancellationToken cancellationToken)
    {
        if (!SourceVersion.TryStartOf(streamArn, out var done))
            return null;
        (SourceVersion Start, string Arn)? next = null;
        string? after = null;
        do
        {
            var request = new ListStreamsRequest { TableName = tableName, ExclusiveStartStreamArn = after };
            var page = await AskAsync(() => streams.ListStreamsAsync(request, cancellationToken));
            foreach (var stream in page.Streams ?? [])
            {
                if (!SourceVersion.TryStartOf(stream.StreamArn, out var start) || start <= done)
                    continue;
                if (next is null || start < next.Value.Start)
                    next = (start, stream.StreamArn);
            }

            after = page.LastEvaluatedStreamArn;
        } while (!string.IsNullOrEmpty(after));
        return next?.Arn;
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<ShardInfo>> ListShardsAsync(string streamArn, CancellationToken cancellationToken)
    {
        var shards = new List<ShardInfo>();
        string? after = null;
        do
        {
            var request = new DescribeStreamRequest { StreamArn = streamArn, ExclusiveStartShardId = after };
            var page = (await AskAsync(() => streams.DescribeStreamAsync(request, cancellationToken))).StreamDescription;
            foreach (var shard in page.Shards ?? [])
            {
                shards.Add(
                    new(
                        shard.ShardId,
                        string.IsNullOrEmpty(shard.ParentShardId) ? null : shard.ParentShardId,
                        !string.IsNullOrEmpty(shard.SequenceNumberRange?.EndingSequenceNumber)
                    )
                );
            }

            after = page.LastEvaluatedShardId;
        } while (!string.IsNullOrEmpty(after));
        return shards;
    }

    /// <inheritdoc />
    public async Task<string> OpenAsync(string streamArn, string shardId, ShardPosition position, CancellationToken cancellationToken)
    {
        var request = new GetShardIteratorRequest
        {
            StreamArn = streamArn,
            ShardId = shardId,
            SequenceNumber = position.At ?? position.After,
            ShardIteratorType =
                position.Latest ? ShardIteratorType.LATEST
                : position.At is not null ? ShardIteratorType.AT_SEQUENCE_NUMBER
                : position.After is null ? ShardIteratorType.TRIM_HORIZON
                : ShardIteratorType.AFTER_SEQUENCE_NUMBER,
        };
        return (await AskAsync(() => streams.GetShardIteratorAsync(request, cancellationToken))).ShardIterator;
    }

    /// <inheritdoc />
    public async Task<ShardPage> ReadAsync(string streamArn, string iterator, CancellationToken cancellationToken)
    {
        var request = new GetRecordsRequest { ShardIterator = iterator, Limit = ShardContext.PageRecords };
        var page = await AskAsync(() => streams.GetRecordsAsync(request, cancellationToken));
        var records = page.Records ?? [];
        foreach (var record in records.Where(record => !StreamRecordJson.HasPlace(record)))
            await KeepAsync(record, streamArn, cancellationToken);
        return new(
            [.. records.Where(StreamRecordJson.HasPlace).Select(record => ChangeRecords.Of(record, streamArn, time))],
            string.IsNullOrEmpty(page.NextShardIterator) ? null : page.NextShardIterator
        );
    }

    /// <summary>Stores a record without a sequence number as a dead letter: a batch with it could not be checkpointed.</summary>
    private async Task KeepAsync(Record record, string streamArn, CancellationToken cancellationToken)
    {
        if (deadLetters is null)
            return;
        var json = StreamRecordJson.ToJson(record, streamArn);
        var result = await deadLetters.PutAsync(
            new()
            {
                EventId = record.EventID is { Length: > 0 } id ? id : Convert.ToHexStringLower(SHA256.HashData(json)),
                CommittedAt = record.Dynamodb?.ApproximateCreationDateTime?.ToUniversalTime() ?? (time ?? TimeProvider.System).GetUtcNow(),
                SequenceNumber = "",
                TransactionId = record.Dynamodb?.Keys?.GetValueOrDefault(AttributeNames.TransactionId)?.S,
                CreatedAt = record.Dynamodb?.Keys?.GetValueOrDefault(AttributeNames.CreatedAt)?.S,
                Record = Encoding.UTF8.GetString(json),
                ErrorType = "InvalidStreamRecord",
                ErrorMessage = $"the stream record has no sequence number: it cannot be delivered in order ({streamArn})",
                Attempts = 0,
            },
            cancellationToken
        );
        // The page is read again, including its other records.
        if (result.Outcome is WriteOutcome.Unavailable)
            throw new IOException($"a dead letter could not be stored: {result.Reason}");
    }

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        try
        {
            return await ask();
        }
        catch (ExpiredIteratorException exception)
        {
            throw new StreamException(StreamFault.IteratorExpired, exception);
        }
        catch (TrimmedDataAccessException exception)
        {
            throw new StreamException(StreamFault.Trimmed, exception);
        }
        catch (ResourceNotFoundException exception)
        {
            throw new StreamException(StreamFault.Gone, exception);
        }
        catch (AmazonDynamoDBStreamsException exception)
            when (exception.ErrorCode == "ValidationException" && exception.Message.Contains("ShardIterator", StringComparison.Ordinal))
        {
            // Local engines do not recognize iterators from before a restart.
            throw new StreamException(StreamFault.IteratorExpired, exception);
        }
    }
}
