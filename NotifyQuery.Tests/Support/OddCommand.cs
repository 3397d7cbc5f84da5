using System.Collections.Immutable;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.Support;

/// <summary>The key of a command, with the information which of its parts is invalid for a notification.</summary>
internal sealed record OddKey(OddValue TransactionId, OddValue CreatedAt)
{
    /// <summary>Keys of any text and any length that DynamoDB accepts. Each begins with the given text.</summary>
    public static Gen<OddKey> Any(string own) =>
        from transaction in Gen.Frequency(
            (8, OddValue.AnyText.Select(text => OddValue.Of(own + text))),
            // in a sort key of 1,024 bytes, the timestamp and a # precede the transaction id
            (1, Gen.Constant(OddValue.Of(own + new string('t', 999 - own.Length)))),
            (1, Gen.Constant(OddValue.Wrong(OddValue.StringJson(own + new string('t', 2048 - own.Length))))),
            (1, OddValue.AnyLoneText.Select(text => OddValue.Wrong(OddValue.StringJson(own + text))))
        )
        from createdAt in Gen.Frequency(
            (10, from day in Gen.Choose(1, 28) from ms in Gen.Choose(0, 999) select OddValue.Of($"2026-11-{day:D2}T08:15:30.{ms:D3}Z")),
            (1, OddValue.AnyText.Select(text => OddValue.Wrong(OddValue.StringJson("x" + text)))),
            (1, OddValue.AnyLoneText.Select(text => OddValue.Wrong(OddValue.StringJson(text)))),
            (1, Gen.Constant(OddValue.Wrong(OddValue.StringJson(new string('c', 1024)))))
        )
        select new OddKey(transaction, createdAt);

    public string Json =>
        $"{OddValue.Quote(AttributeNames.TransactionId)}:{TransactionId.Json},{OddValue.Quote(AttributeNames.CreatedAt)}:{CreatedAt.Json}";
}

/// <summary>
/// The state of a command as DynamoDB may store it: the attributes of a command, valid or invalid, and any others. The expected result is
/// known by construction, and not computed with the core.
/// </summary>
/// <param name="Known">The attributes of a command, without the key.</param>
/// <param name="Extra">All other attributes: the name as JSON, and the value.</param>
/// <param name="TooLarge">Whether the item has the maximum size, so that its projection, which has more attributes, is too large.</param>
internal sealed record OddCommand(
    ImmutableSortedDictionary<string, OddValue> Known,
    ImmutableSortedDictionary<string, string> Extra,
    bool TooLarge = false
)
{
    private static readonly string[] Optional =
    [
        AttributeNames.Title,
        AttributeNames.Body,
        AttributeNames.ErrorMessage,
        AttributeNames.UpdatedAt,
        AttributeNames.TraceParent,
    ];

    /// <summary>Commands with small items.</summary>
    /// <param name="onlyReturned">Whether to include values that no engine accepts, but some return.</param>
    public static Gen<OddCommand> Small(bool onlyReturned) =>
        from good in Good()
        from extra in Extras(onlyReturned)
        from spoiled in Gen.Frequency((7, Gen.Constant(0)), (2, Gen.Constant(1)), (1, Gen.Constant(2)))
        from spoils in Gen.ArrayOf(Spoil(onlyReturned), spoiled)
        select new OddCommand(
            spoils.Aggregate(
                good,
                (known, spoil) => spoil.Value is null ? known.Remove(spoil.Name) : known.SetItem(spoil.Name, spoil.Value)
            ),
            extra
        );

    /// <summary>Commands with items of about 400 KB, the maximum.</summary>
    public static Gen<OddCommand> Large(OddKey key) =>
        Gen.Elements<Func<OddCommand>>(
                () => Of("ann").WithExtra("padding", OddValue.StringJson(new string('p', 390_000))),
                () => Of("ann").WithExtra("padding", $$"""{"B":"{{RandomBytes(390_000)}}"}"""),
                () => Of("ann").WithExtra("padding", OddValue.StringJson(new string('\u0001', 390_000))), // six times as long in JSON
                () => Of("ann").With(AttributeNames.Body, OddValue.Of(new string('\u65e5', 120_000))),
                () => Of(null).WithExtra("padding", $$"""{"B":"{{RandomBytes(390_000)}}"}"""),
                () => Of(null).With(AttributeNames.Body, OddValue.Of(new string('b', 390_000))),
                () => Filled(key)
            )
            .Select(make => make());

    /// <summary>The attributes that make the command invalid; empty for a valid command.</summary>
    public IReadOnlyList<string> Faults(OddKey key) =>
        [
            .. key.TransactionId.Bad ? [AttributeNames.TransactionId] : (string[])[],
            .. key.CreatedAt.Bad ? [AttributeNames.CreatedAt] : (string[])[],
            .. Known.GetValueOrDefault(AttributeNames.UserId)?.Text is null ? [AttributeNames.UserId] : (string[])[],
            .. Known.Where(attribute => attribute.Value.Bad && attribute.Key != AttributeNames.UserId).Select(attribute => attribute.Key),
            .. TooLarge ? ["bytes"] : (string[])[],
        ];

    /// <summary>The record of a valid command.</summary>
    public CommandRecord Record(OddKey key)
    {
        return new()
        {
            TransactionId = key.TransactionId.Text!,
            CreatedAt = key.CreatedAt.Text!,
            UserId = Text(AttributeNames.UserId)!,
            Channel = Text(AttributeNames.Channel) is { } channel
                ? Enum.GetValues<Channel>().Single(value => value.ToName() == channel)
                : null,
            Status = Text(AttributeNames.Status) is { } status
                ? Enum.GetValues<NotificationStatus>().Single(value => value.ToName() == status)
                : null,
            CampaignId = Text(AttributeNames.CampaignId),
            Title = Text(AttributeNames.Title),
            Body = Text(AttributeNames.Body),
            ErrorMessage = Text(AttributeNames.ErrorMessage),
            UpdatedAt = Text(AttributeNames.UpdatedAt),
            TraceParent = Text(AttributeNames.TraceParent),
        };

        string? Text(string name) => Known.GetValueOrDefault(name)?.Text;
    }

    /// <summary>The item, with a number that is unique to this state.</summary>
    public string Json(OddKey key, int number)
    {
        var json = new StringBuilder("{").Append(key.Json).Append(",\"n\":{\"N\":\"").Append(number).Append("\"}");
        foreach (var (name, value) in Known)
            json.Append(',').Append(OddValue.Quote(name)).Append(':').Append(value.Json);
        foreach (var (name, value) in Extra)
            json.Append(',').Append(name).Append(':').Append(value);
        return json.Append('}').ToString();
    }

    /// <summary>Smaller variants of the command, for shrinking.</summary>
    public IEnumerable<OddCommand> Smaller() =>
        [
            .. Extra.Keys.Select(name => this with { Extra = Extra.Remove(name) }),
            .. Known.Keys.Where(name => name != AttributeNames.UserId).Select(name => this with { Known = Known.Remove(name) }),
        ];

    private static OddCommand Of(string? user) =>
        new(user is null ? Names<OddValue>() : Names<OddValue>().Add(AttributeNames.UserId, OddValue.Of(user)), Names<string>());

    private OddCommand With(string name, OddValue value) => this with { Known = Known.SetItem(name, value) };

    private OddCommand WithExtra(string name, string json) => this with { Extra = Extra.SetItem(OddValue.Quote(name), json) };

    private static OddCommand Filled(OddKey key)
    {
        if (key.TransactionId.Text is not { } transaction || key.CreatedAt.Text is not { } createdAt)
            return Of("ann");
        const int Number = 8;
        var rest =
            AttributeNames.TransactionId
            + transaction
            + AttributeNames.CreatedAt
            + createdAt
            + AttributeNames.UserId
            + "ann"
            + AttributeNames.Body
            + "n";
        var body = new string('f', ItemSize.Limit - Encoding.UTF8.GetByteCount(rest) - Number);
        return Of("ann").With(AttributeNames.Body, OddValue.Of(body)) with { TooLarge = true };
    }

    private static Gen<ImmutableSortedDictionary<string, OddValue>> Good() =>
        from user in Gen.Frequency((9, OddValue.AnyText), (1, Gen.Constant(new string('u', CommandImage.PartitionKeyLimit))))
        from channel in Absentable(Gen.Elements("push", "sms", "email", "in_app"))
        from status in Absentable(Gen.Elements("PENDING", "SENT", "DELIVERED", "READ", "FAILED"))
        from campaign in Absentable(Gen.Frequency((9, OddValue.AnyText), (1, Gen.Constant(new string('c', 2040)))))
        from texts in Gen.ArrayOf(Absentable(OddValue.AnyText), Optional.Length)
        select new[]
        {
            (AttributeNames.UserId, OddValue.Of(user)),
            (AttributeNames.Channel, channel),
            (AttributeNames.Status, status),
            (AttributeNames.CampaignId, campaign),
        }
            .Concat(Optional.Zip(texts))
            .Where(attribute => attribute.Item2 is not null)
            .Aggregate(Names<OddValue>(), (known, attribute) => known.Add(attribute.Item1, attribute.Item2!));

    /// <summary>A text, or one of the three forms of a missing value.</summary>
    private static Gen<OddValue?> Absentable(Gen<string> text) =>
        Gen.Frequency(
            (5, text.Select(given => (OddValue?)OddValue.Of(given))),
            (1, Gen.Constant((OddValue?)null)),
            (1, Gen.Constant((OddValue?)OddValue.Empty)),
            (1, Gen.Constant((OddValue?)OddValue.Null))
        );

    private static Gen<(string Name, OddValue? Value)> Spoil(bool onlyReturned) =>
        Gen.Frequency(
            (2, Gen.Elements<OddValue?>(null, OddValue.Null, OddValue.Empty).Select(none => (AttributeNames.UserId, none))),
            (1, Wrong(Gen.Constant(OddValue.StringJson(new string('u', CommandImage.PartitionKeyLimit + 1))), AttributeNames.UserId)),
            (1, Wrong(Gen.Constant(OddValue.StringJson(new string('c', CommandImage.PartitionKeyLimit + 1))), AttributeNames.CampaignId)),
            (2, Wrong(OddValue.AnyText.Select(text => OddValue.StringJson("no" + text)), AttributeNames.Channel, AttributeNames.Status)),
            (4, Wrong(OddValue.AnyOtherType, All)),
            (4, Wrong(OddValue.AnyLoneText.Select(OddValue.StringJson), All)),
            (onlyReturned ? 4 : 0, Wrong(OddValue.AnyOnlyReturned, All))
        );

    private static readonly string[] All =
    [
        AttributeNames.UserId,
        AttributeNames.Channel,
        AttributeNames.Status,
        AttributeNames.CampaignId,
        .. Optional,
    ];

    private static Gen<(string Name, OddValue? Value)> Wrong(Gen<string> json, params string[] names) =>
        from name in Gen.Elements(names)
        from wrong in json
        select (name, (OddValue?)OddValue.Wrong(wrong));

    private static Gen<ImmutableSortedDictionary<string, string>> Extras(bool onlyReturned) =>
        from count in Gen.Choose(0, 3)
        from names in Gen.ArrayOf(
            Gen.OneOf(OddValue.AnyText, OddValue.AnyLoneText, Gen.Elements("title ", "Title", "created_at\0", new string('n', 400))),
            count
        )
        from values in Gen.ArrayOf(onlyReturned ? Gen.Frequency((5, OddValue.Any), (1, OddValue.AnyOnlyReturned)) : OddValue.Any, count)
        select names
            .Where(name => name is not "n")
            .Zip(values)
            .Aggregate(Names<string>(), (extra, attribute) => extra.SetItem(OddValue.Quote(attribute.First), attribute.Second));

    private static ImmutableSortedDictionary<string, T> Names<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);

    private static string RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return Convert.ToBase64String(bytes);
    }
}
