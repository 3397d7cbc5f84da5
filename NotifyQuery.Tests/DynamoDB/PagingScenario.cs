using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>A query, and the changes before its first page and between any two.</summary>
internal sealed record PagingScenario(NotificationQuery Query, int Keys, int ItemsPerAnswer, ItemChange[] Before, ItemChange[][] Between)
{
    public TableNames Tables => new() { KeySpread = KeySpread.Parse(Keys.ToString(CultureInfo.InvariantCulture)) };

    public override string ToString() =>
        string.Join(
            Environment.NewLine,
            [
                $"{Query}, {Keys} keys, {ItemsPerAnswer} for each answer",
                .. Before.Select(change => $"  {change}"),
                .. Between.Select(
                    (changes, i) => $"  after page {i + 1}: {string.Join("; ", changes.Select(change => change.ToString()))}"
                ),
            ]
        );

    public static Gen<PagingScenario> Paging(bool moves, bool real = false) =>
        from query in AnyQuery()
        from keys in real ? Gen.Elements(1, 4, 16) : Gen.Elements(0, 1, 4, 16)
        from itemsPerAnswer in Gen.Elements(1, 2, 5, 1000)
        from before in Gen.Choose(0, 60).SelectMany(count => Gen.ArrayOf(AnyChange(moves), count))
        from between in Gen.ArrayOf(Gen.Choose(0, 4).SelectMany(count => Gen.ArrayOf(AnyChange(moves), count)), 40)
        select new PagingScenario(query, keys, itemsPerAnswer, before, between);

    private static Gen<NotificationQuery> AnyQuery() =>
        from kind in Gen.Elements(QueryKind.User, QueryKind.Campaign, QueryKind.Status)
        from order in Gen.Elements(QueryOrder.Ascending, QueryOrder.Descending)
        from limit in Gen.Choose(1, 6)
        from status in Gen.Elements<NotificationStatus?>(null, null, NotificationStatus.Failed)
        from channel in Gen.Elements<Channel?>(null, null, Channel.Sms)
        from window in Gen.Elements(0, 0, 1)
        select new NotificationQuery
        {
            By = kind,
            Value =
                kind is QueryKind.User ? "ann"
                : kind is QueryKind.Campaign ? "spring"
                : "FAILED",
            Order = order,
            Limit = limit,
            Status = kind is QueryKind.Status ? null : status,
            Channel = channel,
            From = kind is QueryKind.Status || window == 1 ? Timestamp.Format(ItemChange.First.AddHours(10 * window)) : null,
            To = kind is QueryKind.Status || window == 1 ? Timestamp.Format(ItemChange.First.AddDays(9)) : null,
        };

    private static Gen<ItemChange> AnyChange(bool moves) =>
        from act in Gen.Frequency((7, Gen.Constant(ItemAct.Put)), (2, Gen.Constant(ItemAct.Tombstone)), (1, Gen.Constant(ItemAct.Delete)))
        from number in Gen.Choose(0, 29)
        from status in Gen.Elements("FAILED", "FAILED", "SENT")
        from channel in Gen.Elements("sms", "push")
        from version in Gen.Choose(0, 9999)
        from moved in moves ? Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true))) : Gen.Constant(false)
        select new ItemChange(act, number, status, channel, version, moved);
}
