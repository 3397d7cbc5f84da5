using System.Buffers.Text;
using System.Text;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Tests.Core;

public sealed class CursorCodecTests
{
    private static readonly CursorCodec Codec = new(Encoding.UTF8.GetBytes("a key of 32 bytes for the tests!"));
    private static readonly NotificationKey Position = new("user-1", "2026-11-22T08:15:30.123Z#tx-1");

    private static readonly NotificationQuery Query = new()
    {
        By = QueryKind.User,
        Value = "user-1",
        From = "2026-11-01T00:00:00.000Z",
        To = "2026-12-01T00:00:00.000Z",
        Status = NotificationStatus.Failed,
        Channel = Channel.Sms,
    };

    [Fact]
    public void A_cursor_is_read_back_as_the_position_it_was_written_for()
    {
        NotificationKey[] positions =
        [
            Position,
            new("пользователь 日本 😀", "2026-11-22T08:15:30.123Z#ü/+&=?%2F#"),
            new("zero\0inside", "2026-11-22T08:15:30.123Z#tx\0\0"),
            new(new string('u', 2048), "2026-11-22T08:15:30.123Z#" + new string('t', 999)),
        ];
        foreach (var position in positions)
        {
            var cursor = Codec.Encode(Query, position);

            Assert.True(cursor.Length <= CursorCodec.MaximumLength);
            Assert.Matches("^[A-Za-z0-9_-]+$", cursor); // needs no escaping in a URL
            Assert.True(Codec.TryDecode(Query, cursor, out var read));
            Assert.Equal(position, read);
        }
    }

    [Fact]
    public void A_cursor_that_is_changed_at_any_place_is_refused()
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        // each way the last letter may end
        NotificationKey[] positions = [Position, Position with { UserId = "user-12" }, Position with { UserId = "user-123" }];
        foreach (var position in positions)
        {
            var cursor = Codec.Encode(Query, position);
            for (var i = 0; i < cursor.Length; i++)
            {
                foreach (var other in alphabet.Where(c => c != cursor[i]))
                    Assert.False(Codec.TryDecode(Query, cursor[..i] + other + cursor[(i + 1)..], out _), $"character {i} as {other}");
                Assert.False(Codec.TryDecode(Query, cursor[..i], out _), $"cut off at {i}");
                Assert.False(Codec.TryDecode(Query, cursor.Remove(i, 1), out _), $"without character {i}");
            }
        }
    }

    [Fact]
    public void A_cursor_has_one_spelling()
    {
        var cursor = Codec.Encode(Query, Position);

        foreach (
            var other in (string[])
                [cursor + "A", cursor + "=", cursor + "==", " " + cursor, cursor + "\n", cursor.Insert(3, " "), cursor.Replace('_', '/')]
        )
            Assert.False(other != cursor && Codec.TryDecode(Query, other, out _), other);
    }

    [Fact]
    public void A_cursor_of_any_other_query_is_refused()
    {
        var cursor = Codec.Encode(Query, Position);
        NotificationQuery[] others =
        [
            Query with
            {
                By = QueryKind.Campaign,
            },
            Query with
            {
                Value = "user-2",
            },
            Query with
            {
                From = null,
            },
            Query with
            {
                From = "2026-11-02T00:00:00.000Z",
            },
            Query with
            {
                To = null,
            },
            Query with
            {
                To = "2026-11-30T00:00:00.000Z",
            },
            Query with
            {
                Status = null,
            },
            Query with
            {
                Status = NotificationStatus.Sent,
            },
            Query with
            {
                Channel = null,
            },
            Query with
            {
                Channel = Channel.Push,
            },
            Query with
            {
                Order = QueryOrder.Ascending,
            },
            Query with
            {
                From = Query.To,
                To = Query.From,
            },
        ];

        Assert.All(others, other => Assert.False(Codec.TryDecode(other, cursor, out _), other.ToString()));
    }

    [Fact]
    public void The_size_of_a_page_may_change_from_one_page_to_the_next()
    {
        Assert.True(Codec.TryDecode(Query with { Limit = 100 }, Codec.Encode(Query with { Limit = 1 }, Position), out _));
    }

    [Fact]
    public void A_cursor_signed_with_another_key_is_refused()
    {
        var stranger = new CursorCodec(Encoding.UTF8.GetBytes("another key of 32 bytes, tests!!"));

        Assert.False(Codec.TryDecode(Query, stranger.Encode(Query, Position), out _));
    }

    [Fact]
    public void Garbage_is_refused()
    {
        var random = new Random(1);
        var garbage = Enumerable
            .Range(0, 300)
            .Select(length =>
            {
                var bytes = new byte[length];
                random.NextBytes(bytes);
                if (length > 0)
                    bytes[0] = 2; // the right version, for the worse
                return Base64Url.EncodeToString(bytes);
            });
        string[] texts =
        [
            "",
            "x",
            "null",
            "{}",
            "../..",
            "%00",
            "\0",
            "😀",
            new('A', CursorCodec.MaximumLength),
            new('A', CursorCodec.MaximumLength + 4),
            .. garbage,
        ];

        Assert.All(texts, text => Assert.False(Codec.TryDecode(Query, text, out _), text));
    }

    [Fact]
    public void A_cursor_says_nothing_to_anybody_else_and_is_the_same_whoever_writes_it()
    {
        var cursor = Codec.Encode(Query, Position);

        var bytes = Base64Url.DecodeFromChars(cursor);
        Assert.Equal(-1, bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Position.UserId)));
        Assert.Equal(-1, bytes.AsSpan().IndexOf("2026"u8));
        Assert.Equal(cursor, new CursorCodec(Encoding.UTF8.GetBytes("a key of 32 bytes for the tests!")).Encode(Query, Position));
        // Nothing of one cursor is found again in another: not even its nonce.
        Assert.NotEqual(bytes[1..13], Base64Url.DecodeFromChars(Codec.Encode(Query, Position with { UserId = "user-2" }))[1..13]);
        Assert.NotEqual(bytes[1..13], Base64Url.DecodeFromChars(Codec.Encode(Query with { To = null }, Position))[1..13]);
    }

    [Fact]
    public void A_position_that_no_item_can_have_is_refused_although_its_seal_is_good()
    {
        NotificationKey[] impossible =
        [
            new("", Position.SortKey),
            new("user-1", ""),
            new("user-1", "#"),
            new("user-1", "2026-11-22T08:15:30.123Z"),
            new("user-1", "2026-13-22T08:15:30.123Z#tx"),
            new("user-1", "2026-11-22T08:15:30.123Z/tx"),
            new("user-1", "yesterday, at a quarter past eight#tx"),
        ];

        Assert.All(impossible, position => Assert.False(Codec.TryDecode(Query, Codec.Encode(Query, position), out _), position.ToString()));
    }

    [Fact]
    public void A_cursor_belongs_to_its_query_also_if_the_parts_of_another_are_the_same_text_together()
    {
        const string From = "2026-11-01T00:00:00.000Z";
        var one = new NotificationQuery { By = QueryKind.User, Value = "ann" + From };
        var other = new NotificationQuery
        {
            By = QueryKind.User,
            Value = "ann",
            From = From,
        };

        Assert.False(Codec.TryDecode(other, Codec.Encode(one, Position), out _));
        Assert.False(Codec.TryDecode(one, Codec.Encode(other, Position), out _));
    }

    [Fact]
    public void A_key_that_is_too_short_is_refused_with_the_fix()
    {
        var exception = Assert.Throws<ArgumentException>(() => new CursorCodec(new byte[15]));
        Assert.Contains("has 15 bytes: it needs at least 16", exception.Message, StringComparison.Ordinal);
    }
}
