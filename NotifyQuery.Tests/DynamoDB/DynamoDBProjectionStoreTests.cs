using System.Globalization;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.DynamoDB.CompleteCommand;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>What a write leaves in the table, which writes give way to others, and how large an item may be.</summary>
public sealed class DynamoDBProjectionStoreTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static readonly CommandRecord Record = CompleteCommand.Record;

    private static readonly DateTimeOffset Removal = new(2026, 11, 22, 9, 0, 0, 250, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_notification_is_written_with_every_attribute_of_the_design_and_no_other()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var before = Timestamp.Format(DateTimeOffset.UtcNow);

        var result = await tables.Store.WriteAsync(Put(Record, 7), Token);

        Assert.Equal(new WriteResult(WriteOutcome.Applied), result);
        var item = Texts(await tables.FindAsync(Record.Key, Token));
        var projectedAt = item[AttributeNames.ProjectedAt];
        Assert.InRange(projectedAt, before, Timestamp.Format(DateTimeOffset.UtcNow), StringComparer.Ordinal);
        Assert.Equal(
            new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["user_id"] = "ann",
                ["created_at"] = "2026-11-22T08:15:30.123Z#tx-1",
                ["transaction_id"] = "tx-1",
                ["sent_at"] = "2026-11-22T08:15:30.123Z",
                ["source_version"] = $"2020-01-02T03:04:05.678Z#{new string('0', 55)}7",
                ["projected_at"] = projectedAt,
                ["channel"] = "in_app",
                ["status"] = "FAILED",
                ["status_key"] = "FAILED#2026-11-22#04",
                ["campaign_id"] = "spring",
                ["campaign_key"] = "spring#04",
                ["title"] = "title",
                ["body"] = "body",
                ["error_message"] = "mailbox full",
                ["updated_at"] = "2026-11-22T08:16:00.000Z",
                ["trace_parent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            },
            item
        );
    }

    [Fact]
    public async Task Only_a_newer_version_replaces_an_item_and_it_replaces_all_of_it()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await tables.Store.WriteAsync(Put(Record, 10), Token);
        var bare = new CommandRecord
        {
            TransactionId = "tx-1",
            CreatedAt = Record.CreatedAt,
            UserId = "ann",
        };

        var older = await tables.Store.WriteAsync(Put(bare, 9), Token);
        var same = await tables.Store.WriteAsync(Put(bare, 10), Token);
        var afterStale = Texts(await tables.FindAsync(Record.Key, Token));
        var newer = await tables.Store.WriteAsync(Put(bare, 100), Token); // more digits, not a greater text
        var afterNewer = Texts(await tables.FindAsync(Record.Key, Token));

        Assert.Equal([WriteOutcome.Stale, WriteOutcome.Stale, WriteOutcome.Applied], [older.Outcome, same.Outcome, newer.Outcome]);
        Assert.Equal("title", afterStale["title"]);
        Assert.Equal(["created_at", "projected_at", "sent_at", "source_version", "transaction_id", "user_id"], afterNewer.Keys);
    }

    [Fact]
    public async Task A_tombstone_keeps_only_the_key_the_version_and_its_times()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await tables.Store.WriteAsync(Put(Record, 1), Token);

        var result = await tables.Store.WriteAsync(Tombstone(2), Token);

        Assert.Equal(WriteOutcome.Applied, result.Outcome);
        var item = (await tables.FindAsync(Record.Key, Token))!;
        Assert.Equal(
            ["created_at", "deleted_at", "expires_at", "projected_at", "source_version", "user_id"],
            item.Keys.Order(StringComparer.Ordinal)
        );
        Assert.Equal("2026-11-22T09:00:00.250Z", item["deleted_at"].S);
        var expiry = DateTimeOffset.FromUnixTimeSeconds(long.Parse(item["expires_at"].N, CultureInfo.InvariantCulture));
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero), expiry);
    }

    [Fact]
    public async Task A_tombstone_stands_against_every_older_change_and_gives_way_to_a_newer()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        await tables.Store.WriteAsync(Tombstone(5), Token); // also where nothing was

        var replay = await tables.Store.WriteAsync(Put(Record, 4), Token);
        var repeated = await tables.Store.WriteAsync(Tombstone(5), Token);
        var stillThere = (await tables.FindAsync(Record.Key, Token))!;
        var recreation = await tables.Store.WriteAsync(Put(Record, 6), Token);
        var recreated = (await tables.FindAsync(Record.Key, Token))!;

        Assert.Equal(
            [WriteOutcome.Stale, WriteOutcome.Stale, WriteOutcome.Applied],
            [replay.Outcome, repeated.Outcome, recreation.Outcome]
        );
        Assert.Contains("deleted_at", stillThere.Keys);
        Assert.DoesNotContain("deleted_at", recreated.Keys);
        Assert.DoesNotContain("expires_at", recreated.Keys); // or it would vanish a day later
    }

    [Fact]
    public async Task Of_writes_that_race_the_newest_stays()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var versions = Enumerable.Range(1, 40).ToArray();
        new Random(1).Shuffle(versions);

        await Parallel.ForEachAsync(
            versions,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token },
            async (version, token) =>
                await tables.Store.WriteAsync(
                    version % 2 == 0 ? Tombstone(version) : Put(Record with { Title = $"title {version}" }, version),
                    token
                )
        );

        var item = (await tables.FindAsync(Record.Key, Token))!;
        Assert.Equal(Change.Version(40).Text, item["source_version"].S);
        Assert.Contains("deleted_at", item.Keys);
    }

    [Fact]
    public async Task The_largest_command_that_the_rules_let_through_is_taken_by_the_engine()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var room = ItemSize.Limit - ItemSize.OfProjection(Record with { Body = "" }) - AttributeNames.Body.Length;
        var largest = Record with { Body = new string('x', room + AttributeNames.Body.Length) };
        Assert.Equal(ItemSize.Limit, ItemSize.OfProjection(largest));

        var taken = await tables.Store.WriteAsync(Put(largest, 1), Token);
        var larger = await tables.Store.WriteAsync(Put(largest with { Body = largest.Body + "x" }, 2), Token);

        Assert.Equal(WriteOutcome.Applied, taken.Outcome);
        Assert.Equal(WriteOutcome.Refused, larger.Outcome);
        Assert.NotEmpty(larger.Reason!);
    }

    [Fact]
    public async Task The_longest_ids_that_the_rules_let_through_are_taken_by_the_engine_and_a_longer_one_is_refused()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var longest = CommandState
            .Of(new string('t', 999), Record.CreatedAt, new string('u', 2048))
            .With(AttributeNames.CampaignId, new string('c', 2045))
            .Image()
            .Record!;

        var taken = await tables.Store.WriteAsync(Put(longest, 1), Token);
        var longerUser = await tables.Store.WriteAsync(Put(longest with { UserId = longest.UserId + "u" }, 1), Token);
        var longerTransaction = await tables.Store.WriteAsync(Put(longest with { TransactionId = longest.TransactionId + "t" }, 1), Token);
        var longerCampaign = await tables.Store.WriteAsync(Put(longest with { CampaignId = longest.CampaignId + "c" }, 2), Token);

        Assert.Equal(WriteOutcome.Applied, taken.Outcome);
        Assert.All([longerUser, longerTransaction, longerCampaign], result => Assert.Equal(WriteOutcome.Refused, result.Outcome));
    }

    private static ProjectionWrite.Tombstone Tombstone(long version) => new(Record.Key, Change.Version(version), Removal);

    private static SortedDictionary<string, string> Texts(Dictionary<string, AttributeValue>? item) =>
        new(item!.ToDictionary(a => a.Key, a => a.Value.S), StringComparer.Ordinal);
}
