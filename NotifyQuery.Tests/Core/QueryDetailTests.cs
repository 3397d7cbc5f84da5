using System.Text;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Tests.Core;

/// <summary>The edges of cursors and of what a query is.</summary>
public sealed class QueryDetailTests
{
    private static readonly CursorCodec Codec = new(Encoding.UTF8.GetBytes("a key of 32 bytes for the tests!"));
    private static readonly NotificationQuery Query = new() { By = QueryKind.User, Value = "ann" };

    [Fact]
    public void The_longest_cursor_that_is_looked_at_is_read()
    {
        // Version, nonce and tag take 29 bytes, the length of the user's id 2; three bytes make four letters.
        const int Text = (CursorCodec.MaximumLength / 4 * 3) - 29 - 2;
        var longest = Codec.Encode(Query, Position(Text));
        var tooLong = Codec.Encode(Query, Position(Text + 3));

        Assert.Equal((CursorCodec.MaximumLength, CursorCodec.MaximumLength + 4), (longest.Length, tooLong.Length));
        Assert.True(Codec.TryDecode(Query, longest, out var read));
        Assert.Equal(Position(Text), read);
        Assert.True(CursorCodec.IsWellFormed(longest));
        Assert.False(Codec.TryDecode(Query, tooLong, out _));
        Assert.False(CursorCodec.IsWellFormed(tooLong));

        static NotificationKey Position(int bytes) => new("u", "2026-11-22T08:15:30.123Z#".PadRight(bytes - 1, 't'));
    }

    [Fact]
    public void A_user_id_whose_length_does_not_fit_into_a_cursor_is_an_error_and_not_another_position()
    {
        const string SortKey = "2026-11-22T08:15:30.123Z#tx-1";

        Assert.NotEmpty(Codec.Encode(Query, new(new string('u', ushort.MaxValue), SortKey)));
        Assert.Throws<OverflowException>(() => Codec.Encode(Query, new(new string('u', ushort.MaxValue + 1), SortKey)));
    }

    [Fact]
    public void What_could_be_a_cursor_of_some_query_is_told_by_its_version_and_its_length()
    {
        var cursor = Codec.Encode(Query, new("ann", "2026-11-22T08:15:30.123Z#tx-1"));
        byte[] shortest = [2, .. new byte[30]];

        Assert.True(CursorCodec.IsWellFormed(cursor));
        Assert.True(CursorCodec.IsWellFormed(System.Buffers.Text.Base64Url.EncodeToString(shortest)));
        Assert.False(CursorCodec.IsWellFormed(System.Buffers.Text.Base64Url.EncodeToString(shortest.AsSpan(0, 30))));
        foreach (var version in (byte[])[0, 1, 3, 255])
            Assert.False(CursorCodec.IsWellFormed(System.Buffers.Text.Base64Url.EncodeToString([version, .. shortest.AsSpan(1)])));
        foreach (var nonsense in (string[])["", "x", "no cursor at all", cursor + "!"])
            Assert.False(CursorCodec.IsWellFormed(nonsense));
    }

    [Fact]
    public void A_key_of_16_bytes_is_enough_and_every_bit_of_it_counts()
    {
        var key = new byte[16];
        var cursor = new CursorCodec(key).Encode(Query, new("ann", "2026-11-22T08:15:30.123Z#tx-1"));

        Assert.True(new CursorCodec(new byte[16]).TryDecode(Query, cursor, out _));
        key[15] = 1;
        Assert.False(new CursorCodec(key).TryDecode(Query, cursor, out _));
    }

    [Fact]
    public void What_is_no_kind_of_query_is_refused_by_name()
    {
        var refused = Assert.Throws<ArgumentOutOfRangeException>("kind", () => QueryDefinition.Of((QueryKind)99));
        Assert.Contains("is not a kind of query", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("from", "soon", "must be an ISO-8601 date or time, like 2026-11-22 or 2026-11-22T08:15:30Z (write + as %2B)")]
    [InlineData("cursor", "nonsense", "is not a cursor of this query: use next_cursor of the previous page with the same parameters")]
    [InlineData("to", "", "is empty")]
    public void A_bad_parameter_is_answered_in_a_whole_sentence(string parameter, string value, string problem)
    {
        var parsed = new QueryParser(Codec).Parse(QueryKind.User, [new("user_id", ["ann"]), new(parameter, [value])]);

        Assert.Equal([problem], Assert.Single(parsed.Errors).Value);
    }

    [Fact]
    public void A_failure_to_read_says_what_happened_why_and_when_to_ask_again()
    {
        var cause = new TimeoutException("slow");

        var exception = new NotificationReadException(ReadFailure.Timeout, "no answer", cause) { RetryAfter = TimeSpan.FromSeconds(3) };

        Assert.Equal(
            (ReadFailure.Timeout, "no answer", cause, TimeSpan.FromSeconds(3)),
            (exception.Failure, exception.Message, exception.InnerException, exception.RetryAfter)
        );
    }
}
