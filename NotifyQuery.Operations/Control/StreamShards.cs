using Amazon.DynamoDBStreams;
using Amazon.DynamoDBStreams.Model;
using Amazon.DynamoDBv2;
using NotifyQuery.DynamoDB.Streams;

namespace NotifyQuery.Operations.Control;

/// <summary>The shards of one stream, read without delivering anything.</summary>
internal sealed class StreamShards(IAmazonDynamoDBStreams streams, string streamArn, TimeProvider time)
{
    /// <summary>
    /// How many empty pages in a row mean that a shard has no more records: on AWS a page may be empty although more records follow.
    /// </summary>
    private const int EmptyPages = 3;

    private const int Page = 1000; // the maximum of one GetRecords call

    /// <summary>The precision of a record's timestamp: AWS truncates it to the second, DynamoDB Local to the minute.</summary>
    private static readonly TimeSpan StampPrecision = TimeSpan.FromMinutes(1);

    /// <summary>The stream of a table; null if the table does not exist or has no stream.</summary>
    public static async Task<string?> FindAsync(IAmazonDynamoDB tables, string tableName, CancellationToken cancellationToken)
    {
        try
        {
            var table = (await tables.DescribeTableAsync(tableName, cancellationToken).ConfigureAwait(false)).Table;
            return string.IsNullOrEmpty(table.LatestStreamArn) ? null : table.LatestStreamArn;
        }
        catch (Amazon.DynamoDBv2.Model.ResourceNotFoundException)
        {
            return null;
        }
    }

    /// <summary>All shards of the stream; none if the stream no longer exists.</summary>
    public async Task<IReadOnlyList<Shard>> ListAsync(CancellationToken cancellationToken)
    {
        var shards = new List<Shard>();
        string? after = null;
        do
        {
            var request = new DescribeStreamRequest { StreamArn = streamArn, ExclusiveStartShardId = after };
            StreamDescription page;
            try
            {
                page = (await streams.DescribeStreamAsync(request, cancellationToken).ConfigureAwait(false)).StreamDescription;
            }
            catch (ResourceNotFoundException)
            {
                return [];
            }

            shards.AddRange(page.Shards ?? []);
            after = page.LastEvaluatedShardId;
        } while (!string.IsNullOrEmpty(after));
        return shards;
    }

    /// <summary>The oldest undelivered record of a shard; null if there is none.</summary>
    public async Task<StreamRecord?> OldestAfterAsync(string shardId, ShardCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        try
        {
            var iterator = await OpenAsync(shardId, checkpoint, cancellationToken).ConfigureAwait(false);
            return await FirstAsync(iterator, cancellationToken).ConfigureAwait(false);
        }
        catch (TrimmedDataAccessException)
        {
            return await OldestAsync(shardId, cancellationToken).ConfigureAwait(false); // the stream no longer has the records here
        }
    }

    /// <summary>The oldest record of a shard; null if there is none.</summary>
    public Task<StreamRecord?> OldestAsync(string shardId, CancellationToken cancellationToken) =>
        OldestAfterAsync(shardId, ShardCheckpoint.Start, cancellationToken);

    /// <summary>The first record of a shard at or after a sequence number; null if there is none.</summary>
    public async Task<StreamRecord?> FirstFromAsync(string shardId, string sequenceNumber, CancellationToken cancellationToken)
    {
        var from = ShardCheckpoint.Start with { From = sequenceNumber };
        var iterator = await OpenAsync(shardId, from, cancellationToken).ConfigureAwait(false);
        return await FirstAsync(iterator, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The newest undelivered record of a shard; null if there is none. Reads all undelivered records to find it.</summary>
    public async Task<string?> NewestAfterAsync(string shardId, ShardCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        string? iterator;
        try
        {
            iterator = await OpenAsync(shardId, checkpoint, cancellationToken).ConfigureAwait(false);
        }
        catch (TrimmedDataAccessException)
        {
            iterator = await OpenAsync(shardId, ShardCheckpoint.Start, cancellationToken).ConfigureAwait(false);
        }

        var started = time.GetUtcNow();
        string? newest = null;
        for (var empty = 0; iterator is not null && empty < EmptyPages; )
        {
            var request = new GetRecordsRequest { ShardIterator = iterator, Limit = Page };
            var page = await streams.GetRecordsAsync(request, cancellationToken).ConfigureAwait(false);
            var last = (page.Records ?? []).FindLast(record => record.Dynamodb?.SequenceNumber is { Length: > 0 });
            newest = last?.Dynamodb.SequenceNumber ?? newest;
            empty = last is null ? empty + 1 : 0;
            // A short page with a recent record is the last one; later writes do not count. A short page with older records may be followed
            // by more.
            var isRecent =
                last?.Dynamodb.ApproximateCreationDateTime is { } created && created.ToUniversalTime() >= started - StampPrecision;
            if (isRecent && page.Records is { Count: < Page })
                break;
            iterator = string.IsNullOrEmpty(page.NextShardIterator) ? null : page.NextShardIterator;
        }

        return newest;
    }

    private async Task<string> OpenAsync(string shardId, ShardCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        var request = new GetShardIteratorRequest
        {
            StreamArn = streamArn,
            ShardId = shardId,
            SequenceNumber = checkpoint.SequenceNumber ?? checkpoint.From,
            ShardIteratorType =
                checkpoint.SequenceNumber is not null ? ShardIteratorType.AFTER_SEQUENCE_NUMBER
                : checkpoint.From is not null ? ShardIteratorType.AT_SEQUENCE_NUMBER
                : ShardIteratorType.TRIM_HORIZON,
        };
        return (await streams.GetShardIteratorAsync(request, cancellationToken).ConfigureAwait(false)).ShardIterator;
    }

    private async Task<StreamRecord?> FirstAsync(string iterator, CancellationToken cancellationToken)
    {
        for (var read = 0; read < EmptyPages; read++)
        {
            var request = new GetRecordsRequest { ShardIterator = iterator, Limit = 1 };
            var page = await streams.GetRecordsAsync(request, cancellationToken).ConfigureAwait(false);
            if (page.Records is [var record, ..])
                return record.Dynamodb;
            if (string.IsNullOrEmpty(page.NextShardIterator))
                return null;
            iterator = page.NextShardIterator;
        }

        return null;
    }
}
