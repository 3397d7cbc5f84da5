using Amazon.DynamoDBv2;
using NotifyQuery.Core;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using Polly;
using Polly.Timeout;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// Answers queries from notification-records: by Query on the table or one of its indexes, from a key, never by Scan or by an offset.
/// A page of n costs O(n) and a read for each key that its result is spread over, whatever the table holds: what is read for it is
/// bounded, also when a filter drops nearly all.
/// </summary>
/// <param name="client">The engine.</param>
/// <param name="tables">The tables.</param>
/// <param name="attemptLimit">
/// How long one read waits for its answer, before it is made a second and last time; null for the client's own limit.
/// </param>
/// <param name="time">The clock.</param>
public sealed class DynamoDBNotificationReader(
    IAmazonDynamoDB client,
    TableNames tables,
    TimeSpan? attemptLimit = null,
    TimeProvider? time = null
) : INotificationReader
{
    /// <summary>How many reads of each key, behind its first one, a page may take: then it ends early, with a cursor.</summary>
    public const int MaximumContinuations = 10;

    /// <summary>How many reads are under way at once.</summary>
    public const int MaximumReadsAtOnce = 16;

    /// <summary>How many days are read at once: as many are read ahead, less one, as a page may not need.</summary>
    public const int MaximumDaysAtOnce = 4;

    // Of a key's share of a page, in standard deviations. With 16 keys, 5 items of each are read for a page of 20: one page in seven has to
    // go back to a key, and items of 700 bytes still cost the least that a Query can cost. With 2 it would be two pages in three, with 4
    // half of the reads would cost twice as much.
    private const int Margin = 3;

    private const int MaximumItemsPerRead = 1000;

    // A throttled or refused read is tried again by the SDK; what it does not cover is an answer that never comes.
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
                $"{tables.NotificationRecords} could not be read: no answer in time",
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
    /// Takes what stands at different times (the days of a query by status) one after another. The first is read alone, because it may fill
    /// the page; when it does not, two are read at once, and then four, as far as the reads at once allow.
    /// </summary>
    private async Task<NotificationPage> ReadPageAsync(NotificationQuery query, CancellationToken cancellationToken)
    {
        var page = new PageBuilder(query.Limit);
        var spans = QueryKeys
            .Of(query, tables.KeySpread)
            .Select(keys => new KeyMerge(
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
                await ReadAsync(
                        spans.Skip(i).Take(atOnce).SelectMany(next => next.Keys),
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
                if (continuations > MaximumContinuations * span.Keys.Count || behind.Any(key => key.Continuations == MaximumContinuations))
                    return Complete(page.EndingAt(span.Reached()));
                foreach (var key in behind)
                    key.Continuations++;
                await ReadAsync(behind, key => MoreOf(key, page.Missing, span.Keys.Count, continuations), cancellationToken)
                    .ConfigureAwait(false);
            }
        }

        return Complete(page.Last());

        // One item that is none must not hide the others; a page of nothing else would pass for an empty one.
        NotificationPage Complete(NotificationPage read)
        {
            if (unreadable == 0)
                return read;
            Telemetry.UnreadableItems.Add(unreadable);
            return read.Items.Count > 0
                ? read
                : throw new NotificationReadException(
                    ReadFailure.InvalidAnswer,
                    $"{tables.NotificationRecords} holds {unreadable} items in the place of this page that are no notifications: "
                        + $"reconcile --repair replaces them"
                );
        }
    }

    /// <summary>
    /// How many items of each key are read at first, so that together they hold the next <paramref name="items"/> most of the time: the
    /// share of a key and <see cref="Margin"/> standard deviations, since which key an item has is as good as chance.
    /// </summary>
    public static int ShareOf(int items, int keys)
    {
        var share = 1.0 / keys;
        return Math.Min(items, (int)Math.Ceiling((items * share) + (Margin * Math.Sqrt(items * share * (1 - share)))));
    }

    /// <summary>
    /// How many items of a key are read when it must be read on: more each time, because it holds more than others, or a filter drops them.
    /// </summary>
    /// <param name="key">The key; its present continuation is counted.</param>
    /// <param name="missing">How many items the page still needs.</param>
    /// <param name="keys">How many keys share them.</param>
    /// <param name="continuations">The continuations of all keys of the page.</param>
    private static int MoreOf(KeyRead key, int missing, int keys, int continuations)
    {
        var share = ShareOf(missing, keys);
        if (key.Request.FilterExpression is null)
            return Math.Min(missing, share << (key.Continuations - 1));
        var times = 1 + Math.Max(key.Continuations, (continuations + keys - 1) / keys);
        return Math.Max(share, ((missing * times) + keys - 1) / keys);
    }

    /// <summary>Reads keys at once. If one of them fails, the others are given up, and none is left behind.</summary>
    private Task ReadAsync(IEnumerable<KeyRead> keys, Func<KeyRead, int> items, CancellationToken cancellationToken) =>
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
        );
}
