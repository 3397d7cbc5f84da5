using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using Amazon.DynamoDBStreams;
using Amazon.DynamoDBStreams.Model;

namespace NotifyQuery.Operations.Failures;

/// <summary>Reads a range of a shard again, from one sequence number to another.</summary>
/// <param name="streams">The streams.</param>
/// <param name="time">The clock.</param>
public sealed class StreamRange(IAmazonDynamoDBStreams streams, TimeProvider time)
{
    // A shard may return empty pages between records. The range is in the past, so there are only a few.
    private const int MostEmptyPages = 100;
    private static readonly TimeSpan AfterEmptyPage = TimeSpan.FromMilliseconds(200); // a shard may be read five times per second

    /// <summary>The records of a range, in order.</summary>
    /// <param name="batch">The range.</param>
    /// <param name="cancellationToken">Stops between two reads.</param>
    /// <exception cref="StreamTrimmedException">The stream no longer has the complete range.</exception>
    public async IAsyncEnumerable<Record> ReadAsync(GivenUpBatch batch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var end = Number(batch.End);
        var iterator = await AskAsync(async () =>
                (
                    await streams
                        .GetShardIteratorAsync(
                            new GetShardIteratorRequest
                            {
                                StreamArn = batch.StreamArn,
                                ShardId = batch.ShardId,
                                SequenceNumber = batch.Start,
                                ShardIteratorType = ShardIteratorType.AT_SEQUENCE_NUMBER,
                            },
                            cancellationToken
                        )
                        .ConfigureAwait(false)
                ).ShardIterator
            )
            .ConfigureAwait(false);
        for (var empty = 0; !string.IsNullOrEmpty(iterator) && empty < MostEmptyPages; )
        {
            var page = await AskAsync(() => streams.GetRecordsAsync(new GetRecordsRequest { ShardIterator = iterator }, cancellationToken))
                .ConfigureAwait(false);
            foreach (var record in page.Records ?? [])
            {
                // A record without a sequence number has no place in the range. The event source stored it as a separate dead letter.
                if (record.Dynamodb?.SequenceNumber is not { Length: > 0 } sequenceNumber)
                    continue;
                var at = Number(sequenceNumber);
                if (at > end)
                    yield break;
                yield return record;
                if (at == end)
                    yield break;
            }

            iterator = page.NextShardIterator;
            empty = page.Records is { Count: > 0 } ? 0 : empty + 1;
            if (empty > 0 && !string.IsNullOrEmpty(iterator))
                await Task.Delay(AfterEmptyPage, time, cancellationToken).ConfigureAwait(false);
        }

        // The shard has ended, or returns nothing any more: the rest of the range is missing.
        throw new StreamTrimmedException($"{batch.ShardId} ended before {batch.End}");
    }

    private static BigInteger Number(string sequenceNumber) =>
        BigInteger.Parse(sequenceNumber, NumberStyles.None, CultureInfo.InvariantCulture);

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TrimmedDataAccessException or ResourceNotFoundException)
        {
            throw new StreamTrimmedException(exception.Message, exception);
        }
    }
}

/// <summary>The stream no longer has the records. A stream stores a record for 24 hours.</summary>
public sealed class StreamTrimmedException(string message, Exception? inner = null) : Exception(message, inner);
