using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Operations.Seeding;

/// <summary>The options of the seeding.</summary>
public sealed record SeedOptions
{
    /// <summary>How many notifications.</summary>
    public int Count { get; init; } = 1_000_000;

    /// <summary>How many of them belong to one user, <see cref="Seeder.DeepUser"/>.</summary>
    public int DeepUserItems { get; init; }

    /// <summary>The number of users of the other notifications.</summary>
    public int Users { get; init; } = 10_000;

    /// <summary>How many campaigns.</summary>
    public int Campaigns { get; init; } = 100;

    /// <summary>The number of days over which the notifications are spread, back from the day before <see cref="Newest"/>.</summary>
    public int Days { get; init; } = 30;

    /// <summary>All notifications are older than this time.</summary>
    public required DateTimeOffset Newest { get; init; }

    /// <summary>The same seed gives the same items: a second run changes nothing.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The number of concurrent requests.</summary>
    public int Concurrency { get; init; } = 8;
}

/// <summary>The result of the seeding.</summary>
/// <param name="Items">The number of items that were put.</param>
/// <param name="Seconds">The duration.</param>
/// <param name="Retried">Items that the engine did not accept at first, and that were put again.</param>
public sealed record SeedResult(long Items, double Seconds, long Retried)
{
    /// <summary>Items per second.</summary>
    public double PerSecond => Items / Math.Max(Seconds, 0.001);
}

/// <summary>
/// Fills notification-records for experiments with its size. The items are exactly those of the projection, but with version 0, so that
/// every real change replaces them.
/// </summary>
public sealed class Seeder(IAmazonDynamoDB client, TableNames tables, TimeProvider time)
{
    /// <summary>The user to whom <see cref="SeedOptions.DeepUserItems"/> belong.</summary>
    public const string DeepUser = "seed-user-deep";

    private const int BatchSize = 25; // the maximum of BatchWriteItem
    private const int MostRetries = 10;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>The items, in an order that depends only on the options.</summary>
    public static IEnumerable<CommandRecord> Records(SeedOptions options)
    {
        var random = new Random(options.Seed);
        var channels = Enum.GetValues<Channel>();
        var statuses = Enum.GetValues<NotificationStatus>();
        var span = TimeSpan.FromDays(options.Days).Ticks;
        for (var i = 0; i < options.Count; i++)
        {
            var moment = options.Newest.AddTicks(-(long)(random.NextDouble() * span) - TimeSpan.TicksPerMillisecond);
            var status = statuses[random.Next(statuses.Length)];
            yield return new()
            {
                TransactionId = $"seed-{options.Seed}-{i:D8}",
                CreatedAt = Timestamp.Format(moment),
                UserId = i < options.DeepUserItems ? DeepUser : $"seed-user-{random.Next(options.Users):D6}",
                Channel = channels[random.Next(channels.Length)],
                Status = status,
                CampaignId = $"seed-campaign-{random.Next(options.Campaigns):D4}",
                Title = "Your order is on its way",
                Body = "The parcel was handed to the carrier and arrives tomorrow.",
                ErrorMessage = status is NotificationStatus.Failed ? "mailbox full" : null,
                UpdatedAt = Timestamp.Format(moment),
            };
        }
    }

    /// <summary>Puts the items.</summary>
    /// <param name="options">The options.</param>
    /// <param name="progress">Receives how many items were put so far. Called from several threads.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <exception cref="AmazonDynamoDBException">The engine did not accept an item, even after retries.</exception>
    public async Task<SeedResult> RunAsync(SeedOptions options, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var (put, retried) = (0L, 0L);
        SourceVersion version = default;
        await Parallel
            .ForEachAsync(
                Records(options).Chunk(BatchSize),
                new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellationToken },
                async (batch, token) =>
                {
                    // No item depends on the time of the run: a second run changes nothing.
                    var requests = batch
                        .Select(record => new WriteRequest(
                            new PutRequest(
                                NotificationItem.Of(
                                    new ProjectionWrite.Put(record, version),
                                    tables.KeySpread,
                                    Timestamp.Parse(record.CreatedAt)
                                )
                            )
                        ))
                        .ToList();
                    for (var attempt = 0; ; attempt++)
                    {
                        var response = await client
                            .BatchWriteItemAsync(new BatchWriteItemRequest(new() { [tables.NotificationRecords] = requests }), token)
                            .ConfigureAwait(false);
                        if (
                            response.UnprocessedItems is not { } left
                            || !left.TryGetValue(tables.NotificationRecords, out requests)
                            || requests.Count == 0
                        )
                            break;
                        if (attempt == MostRetries)
                            throw new ProvisionedThroughputExceededException(
                                $"{requests.Count} items were not accepted in {MostRetries} attempts: seed with a lower --concurrency"
                            );
                        Interlocked.Add(ref retried, requests.Count);
                        await Task.Delay(PauseBefore(attempt), time, token).ConfigureAwait(false);
                    }

                    var done = Interlocked.Add(ref put, batch.Length);
                    progress?.Report(done);
                }
            )
            .ConfigureAwait(false);
        return new(put, time.GetElapsedTime(started).TotalSeconds, retried);
    }

    /// <summary>The pause doubles each time, with jitter, so that requests that were refused together are not retried together.</summary>
    private static TimeSpan PauseBefore(int attempt) =>
        Random.Shared.NextDouble() * TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << attempt));
}
