using Amazon.DynamoDBv2;
using NotifyQuery.Core;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using Polly;
using Polly.Timeout;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// Runs each query as a DynamoDB Query on notification-records or one of its indexes, starting from a key; never as a Scan or with an
/// offset. A page of n items costs O(n), plus one read for each key that the result is spread over, regardless of the size of the table.
/// The reads per page are limited, even when a filter drops nearly all items.
/// </summary>
/// <param name="client">The DynamoDB client.</param>
/// <param name="tables">The tables.</param>
/// <param name="attemptLimit">The timeout of one read. A read that times out is retried once; null for the client's own limit.</param>
/// <param name="time">The clock.</param>
/// <param name="pageTime">
/// A page that still needs reads after this time ends early, with a cursor: a part of the result is worth more than a timeout. Each page
/// makes progress, however slow the reads are. Null for no limit.
/// </param>
public sealed class DynamoDBNotificationReader(
    IAmazonDynamoDB client,
    TableNames tables,
    TimeSpan? attemptLimit = null,
    TimeProvider? time = null,
    TimeSpan? pageTime = null
) : INotificationReader
{
    /// <summary>
    /// The maximum number of further reads per key for one page, after the first read. When the maximum is reached, the page ends early,
    /// with a cursor.
    /// </summary>
    public const int MaximumContinuations = 10;

    /// <summary>The maximum number of concurrent reads.</summary>
    public const int MaximumReadsAtOnce = 16;

    /// <summary>
    /// The maximum number of days that are read concurrently. The page may need only the first of them.
    /// </summary>
    public const int MaximumDaysAtOnce = 4;

    // How many standard deviations above a key's share of a page are read. Example: with 16 keys and a page of 20, 5 items of each key are
    // read. One page in seven then needs a second read of a key, and with items of 700 bytes each Query still has the minimum cost. With a
    // margin of 2, two pages in three would need a second read. With a margin of 4, most reads would cost twice as much.
    private const int Margin = 3;

    private const int MaximumItemsPerRead = 1000;

    private readonly TimeProvider time = time ?? TimeProvider.System;

    // The SDK retries a throttled or refused read. It does not retry when no response arrives.
    private readonly ResiliencePipeline attempts = attemptLimit is not { } limit
        ? ResiliencePipeline.Empty
        : new ResiliencePipelineBuilder { TimeProvider = time ?? TimeProvider.System }
            .AddRetry(
                new()
                {
                    ShouldHandle = new PredicateBuilder().Handle<TimeoutRejectedException>(),
                    MaxRetryAttempts = 1,
                    Delay = TimeSpan.Zero,
                }
            )
            .AddTimeout(limit)
            .Build();

    /// <inheritdoc />
    public async Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadPageAsync(query, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException exception)
        {
            throw new NotificationReadException(
                ReadFailure.Timeout,
                $"{tables.NotificationRecords} could not be read: the request timed out",
                exception
            );
        }
        catch (Exception exception) when (DynamoDBFaults.IsTransient(exception, cancellationToken))
        {
            var failure = DynamoDBFaults.IsTimeout(exception) ? ReadFailure.Timeout : ReadFailure.Unavailable;
            throw new NotificationReadException(failure, $"{tables.NotificationRecords} could not be read: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Reads the time spans of the result (the days of a query by status) one after another. The first span is read alone, because it may
    /// fill the page. If it does not, the next two are read concurrently, then four, up to the limit of concurrent reads.
    /// </summary>
    private async Task<NotificationPage> ReadPageAsync(NotificationQuery query, CancellationToken cancellationToken)
    {
        var page = new PageBuilder(query.Limit);
        var begun = time.GetTimestamp();
        var plan = QueryKeys.Of(query, tables.KeySpread).ToList();
        var spans = plan.Select(keys => new KeyMerge(
                [.. keys.Values.Select(value => new KeyRead(keys.RequestOf(tables.NotificationRecords, query, value)))],
                query.Order is QueryOrder.Descending
            ))
            .ToList();
        var (atOnce, continuations, unreadable) = (1, 0, 0);
        for (var i = 0; i < spans.Count; i++)
        {
            var span = spans[i];
            if (!span.Keys[0].IsRead)
            {
                if (i > 0 && IsLate())
                    return Complete(page.EndingAt(plan[i - 1].EndOfDay(query.Order)));
                await ReadAsync(
                        [.. spans.Skip(i).Take(atOnce).SelectMany(next => next.Keys)],
                        _ => ShareOf(page.Missing, span.Keys.Count),
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                atOnce = Math.Min(atOnce * 2, Math.Clamp(MaximumReadsAtOnce / span.Keys.Count, 1, MaximumDaysAtOnce));
            }

            while (true)
            {
                IReadOnlyList<KeyRead> behind;
                while (span.Take(out behind) is { } item)
                {
                    if (NotificationItem.TryRead(item) is not { } notification)
                        unreadable++;
                    else if (!page.TryAdd(notification))
                        return Complete(page.EndingAtItsLastItem());
                }

                if (behind.Count == 0)
                    break;
                continuations += behind.Count;
                if (
                    continuations > MaximumContinuations * span.Keys.Count
                    || behind.Any(key => key.Continuations == MaximumContinuations)
                    || IsLate()
                )
                    return Complete(page.EndingAt(span.Reached()));
                foreach (var key in behind)
                    key.Continuations++;
                await ReadAsync(behind, key => MoreOf(key, page.Missing, span.Keys.Count, continuations), cancellationToken)
                    .ConfigureAwait(false);
            }
        }

        return Complete(page.Last());

        bool IsLate() => time.GetElapsedTime(begun) >= pageTime;

        // An invalid item is skipped, so that the others are returned. If all items are invalid, the read fails: the page would look empty.
        NotificationPage Complete(NotificationPage read)
        {
            if (unreadable == 0)
                return read;
            Telemetry.UnreadableItems.Add(unreadable);
            return read.Items.Count > 0
                ? read
                : throw new NotificationReadException(
                    ReadFailure.InvalidAnswer,
                    $"all {unreadable} items of this page in {tables.NotificationRecords} are invalid: 'reconcile --repair' replaces them"
                );
        }
    }

    /// <summary>
    /// The number of items to read from each key at first, so that together they usually contain the next <paramref name="items"/> items:
    /// the share of a key plus <see cref="Margin"/> standard deviations, because items are distributed over the keys at random.
    /// </summary>
    public static int ShareOf(int items, int keys)
    {
        var share = 1.0 / keys;
        return Math.Min(items, (int)Math.Ceiling((items * share) + (Margin * Math.Sqrt(items * share * (1 - share)))));
    }

    /// <summary>
    /// The number of items to read when a key needs a further read. The number grows with each read, because the key has more items than
    /// the other keys, or a filter drops its items.
    /// </summary>
    /// <param name="key">The key; its current continuation is already counted.</param>
    /// <param name="missing">The number of items that the page still needs.</param>
    /// <param name="keys">The number of keys that share the missing items.</param>
    /// <param name="continuations">The number of continuations of all keys of the page.</param>
    private static int MoreOf(KeyRead key, int missing, int keys, int continuations)
    {
        var share = ShareOf(missing, keys);
        if (key.Request.FilterExpression is null)
            return Math.Min(missing, share << (key.Continuations - 1));
        var times = 1 + Math.Max(key.Continuations, (continuations + keys - 1) / keys);
        return Math.Max(share, ((missing * times) + keys - 1) / keys);
    }

    /// <summary>Reads keys concurrently. If one read fails, the others are cancelled and awaited.</summary>
    private Task ReadAsync(IReadOnlyList<KeyRead> keys, Func<KeyRead, int> items, CancellationToken cancellationToken) =>
        ReadSpan.TraceAsync(
            tables.NotificationRecords,
            keys.Count,
            () =>
                Parallel.ForEachAsync(
                    keys,
                    new ParallelOptions { MaxDegreeOfParallelism = MaximumReadsAtOnce, CancellationToken = cancellationToken },
                    async (key, token) =>
                    {
                        key.Request.Limit = Math.Min(MaximumItemsPerRead, items(key));
                        key.Add(
                            await attempts
                                .ExecuteAsync(async attempt => await client.QueryAsync(key.Request, attempt).ConfigureAwait(false), token)
                                .ConfigureAwait(false)
                        );
                    }
                )
        );
}
