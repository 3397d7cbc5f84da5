using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.Core;

/// <summary>Over which keys notifications are spread. The numbers stand in tables: they must never change.</summary>
public sealed class KeySpreadTests
{
    [Theory]
    [InlineData("tx-1", 4, 148, 6)] // printf %s tx-1 | sha256sum: the first eight digits, modulo N
    [InlineData("tx-2", 0, 48, 6)]
    [InlineData("tx-3", 15, 63, 5)]
    [InlineData("tx-0001", 3, 195, 9)]
    [InlineData("日本", 12, 12, 2)]
    [InlineData("stream-check-1", 5, 229, 9)]
    public void A_number_is_that_which_a_shell_computes(string transaction, int of16, int of256, int of10)
    {
        Assert.Equal([of16, of256, of10], ((int[])[16, 256, 10]).Select(keys => KeySpread.Over(keys).NumberOf(transaction)));
        Assert.Equal(0, KeySpread.Over(1).NumberOf(transaction));
    }

    [Fact]
    public void Keys_are_those_of_the_design()
    {
        var spread = KeySpread.Over(16);

        Assert.Equal("spring#04", CampaignKey(spread, "spring", "tx-1"));
        Assert.Equal("FAILED#2026-11-22#04", StatusKey(spread, NotificationStatus.Failed, "tx-1"));
        Assert.Equal(("campaign_key", "status_key"), (spread.AttributeOf(SharedKey.Campaign), spread.AttributeOf(SharedKey.StatusOfDay)));
        Assert.Equal(["spring#00", "spring#01", "spring#02"], KeySpread.Over(3).KeysOf("spring"));
        Assert.Equal(["SENT#2026-11-22#00", "SENT#2026-11-22#01"], KeySpread.Over(2).KeysOf(SharedKey.OnDay("SENT", "2026-11-22")));
        Assert.Equal(["spring#00"], KeySpread.Over(1).KeysOf("spring"));
        Assert.Equal("spring#148", CampaignKey(KeySpread.Over(256), "spring", "tx-1"));
    }

    [Fact]
    public void A_notification_without_campaign_or_status_has_no_key_of_theirs()
    {
        var bare = Record("tx-1");

        foreach (var spread in (KeySpread[])[KeySpread.None, KeySpread.Over(1), KeySpread.Over(16)])
            Assert.All(SharedKey.All, key => Assert.Null(spread.KeyOf(key, bare)));
    }

    [Fact]
    public void A_table_from_before_has_the_keys_that_it_had()
    {
        Assert.Equal("spring", CampaignKey(KeySpread.None, "spring", "tx-1"));
        Assert.Equal("FAILED#2026-11-22", StatusKey(KeySpread.None, NotificationStatus.Failed, "tx-1"));
        Assert.Equal(["spring"], KeySpread.None.KeysOf("spring"));
        Assert.Equal(["FAILED#2026-11-22"], KeySpread.None.KeysOf(SharedKey.OnDay("FAILED", "2026-11-22")));
        Assert.Equal(
            ("campaign_id", "status_day"),
            (KeySpread.None.AttributeOf(SharedKey.Campaign), KeySpread.None.AttributeOf(SharedKey.StatusOfDay))
        );
    }

    [Fact]
    public void What_is_written_under_a_key_is_read_under_it_and_no_two_campaigns_share_one() =>
        Prop.ForAll(
                ArbMap.Default.ArbFor<(string Campaign, string Other, string Transaction, byte Number)>(),
                generated =>
                {
                    var spread = KeySpread.Over(1 + generated.Number);
                    var (campaign, other, transaction) = ($"c{generated.Campaign}", $"c{generated.Other}", $"t{generated.Transaction}");

                    Assert.Single(spread.KeysOf(campaign), CampaignKey(spread, campaign, transaction));
                    Assert.Single(
                        spread.KeysOf(SharedKey.OnDay("READ", "2026-11-22")),
                        StatusKey(spread, NotificationStatus.Read, transaction)
                    );
                    if (campaign != other)
                        Assert.Empty(spread.KeysOf(campaign).Intersect(spread.KeysOf(other)));
                    Assert.Equal(spread.Keys, spread.KeysOf(campaign).Distinct().Count());
                }
            )
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(100)]
    public void Ids_of_every_kind_are_spread_evenly(int keys)
    {
        const int Each = 400;
        var random = new Random(1);
        Func<int, string>[] kinds =
        [
            number => number.ToString(CultureInfo.InvariantCulture),
            number => string.Create(CultureInfo.InvariantCulture, $"tx-{number * 16:D8}"),
            number => new Guid(number, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]).ToString(),
            _ => string.Create(CultureInfo.InvariantCulture, $"{random.NextInt64():x16}"),
            number => string.Create(CultureInfo.InvariantCulture, $"2026-11-22T08:{number % 60:D2}:00.000Z-{number}"),
        ];
        var spread = KeySpread.Over(keys);
        foreach (var kind in kinds)
        {
            var counts = Enumerable.Range(0, Each * keys).CountBy(number => spread.NumberOf(kind(number))).ToList();
            Assert.Equal(keys, counts.Count);
            // Five standard deviations.
            Assert.All(counts, count => Assert.InRange(count.Value, Each - (5 * Math.Sqrt(Each)), Each + (5 * Math.Sqrt(Each))));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(257)]
    public void A_spread_has_1_to_256_keys(int keys) => Assert.Throws<ArgumentOutOfRangeException>(() => KeySpread.Over(keys));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData("256", 256)]
    public void The_setting_is_the_number_of_keys(string text, int keys) => Assert.Equal(keys, KeySpread.Parse(text).Keys);

    [Theory]
    [InlineData("257")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1.0")]
    [InlineData("1,000")]
    [InlineData("99999999999")]
    [InlineData("")]
    [InlineData("sixteen")]
    public void A_setting_that_is_no_number_of_keys_is_refused_with_the_values_that_are(string text) =>
        Assert.Equal(
            $"'{text}' is not a valid number of keys: it must be from 1 to 256, or 0 for a table whose keys are not spread",
            Assert.Throws<FormatException>(() => KeySpread.Parse(text)).Message
        );

    private static CommandRecord Record(string transaction) =>
        new()
        {
            TransactionId = transaction,
            CreatedAt = "2026-11-22T08:15:30.123Z",
            UserId = "ann",
        };

    private static string? CampaignKey(KeySpread spread, string campaign, string transaction) =>
        spread.KeyOf(SharedKey.Campaign, Record(transaction) with { CampaignId = campaign });

    private static string? StatusKey(KeySpread spread, NotificationStatus status, string transaction) =>
        spread.KeyOf(SharedKey.StatusOfDay, Record(transaction) with { Status = status });
}
