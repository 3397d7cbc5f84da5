using System.Globalization;
using System.Numerics;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Core;

public sealed class SourceVersionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 8, 15, 30, TimeSpan.Zero);

    [Fact]
    public void Versions_compare_like_the_creation_of_their_streams_and_within_one_stream_like_numbers()
    {
        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            var (left, right) = (Random(), Random());
            var expected = left.Created != right.Created ? left.Created.CompareTo(right.Created) : left.Sequence.CompareTo(right.Sequence);

            var (a, b) = (Of(left.Arn, left.Digits), Of(right.Arn, right.Digits));

            Assert.Equal(Math.Sign(expected), Math.Sign(a.CompareTo(b)));
            Assert.Equal(Math.Sign(expected), Math.Sign(string.CompareOrdinal(a.Text, b.Text))); // as the table compares them
            Assert.Equal(expected < 0, a < b);
            Assert.Equal(expected > 0, a > b);
            Assert.Equal(expected <= 0, a <= b);
            Assert.Equal(expected >= 0, a >= b);
            Assert.Equal(expected == 0, a == b);
        }

        (DateTimeOffset Created, string Arn, BigInteger Sequence, string Digits) Random()
        {
            var created = Now.AddMilliseconds(-random.Next(3));
            var digits = string.Concat(Enumerable.Range(0, random.Next(1, 57)).Select(_ => (char)('0' + random.Next(10))));
            return (created, Change.StreamOf(created), BigInteger.Parse(digits, CultureInfo.InvariantCulture), digits);
        }
    }

    [Theory]
    [InlineData("2026-11-22T08:15:30.123", "2026-11-22T08:15:30.123Z")] // AWS, DynamoDB Local
    [InlineData("2026-11-22T08:15:30.123Z", "2026-11-22T08:15:30.123Z")]
    [InlineData("2026-11-22T08:15:30", "2026-11-22T08:15:30.000Z")]
    [InlineData("2026-11-22T08:15:30.1234567", "2026-11-22T08:15:30.123Z")]
    public void A_version_has_the_stream_and_56_digits_however_its_label_and_the_sequence_number_are_written(string label, string created)
    {
        var arn = $"arn:aws:dynamodb:eu-central-1:123456789012:table/command-records/stream/{label}";
        var version = Of(arn, "4421584500000000017450");

        Assert.Equal($"{created}#{new string('0', 34)}4421584500000000017450", version.Text);
        Assert.Equal(SourceVersion.Length, version.Text.Length);
        Assert.Equal(version, Parse(version.Text));
        Assert.Equal(version.GetHashCode(), Of(arn, "0004421584500000000017450").GetHashCode());
        Assert.Equal(version, Of(arn, "0004421584500000000017450"));
    }

    [Fact]
    public void A_version_from_before_streams_were_told_apart_is_older_than_every_other_and_in_order_among_its_own()
    {
        var (nine, ten) = (Parse(new string('0', 63) + "9"), Parse(new string('0', 62) + "10"));
        var highest = Parse(new string('0', 8) + new string('9', 56));

        Assert.True(nine < ten && ten < highest);
        Assert.True(highest < Of(Change.StreamOf(DateTimeOffset.UnixEpoch), "0"));
        Assert.True(string.CompareOrdinal(highest.Text, Of(Change.StreamOf(DateTimeOffset.UnixEpoch), "0").Text) < 0);
        Assert.True(default(SourceVersion) < nine);
        Assert.Equal(default, Parse(new string('0', 64)));
        Assert.Equal(default(SourceVersion).GetHashCode(), Parse(new string('0', 64)).GetHashCode());
    }

    [Fact]
    public void The_start_of_a_stream_is_older_than_each_of_its_records_and_newer_than_all_streams_before_it()
    {
        Assert.True(SourceVersion.TryStartOf(Change.StreamArn, out var start));

        Assert.True(start < Of(Change.StreamArn, "1"));
        Assert.True(start > Of(Change.StreamOf(Change.StreamCreated.AddMilliseconds(-1)), new string('9', 56)));
        Assert.False(SourceVersion.TryStartOf(null, out var none));
        Assert.Equal(default, none);
    }

    [Fact]
    public void A_repair_keeps_versions_of_the_present_stream_and_gives_all_others_its_start()
    {
        SourceVersion.TryStartOf(Change.StreamArn, out var start);
        var (present, earlier, later, old) = (
            Of(Change.StreamArn, "5"),
            Of(Change.StreamOf(Change.StreamCreated.AddDays(-1)), "7"),
            Of(Change.StreamOf(Change.StreamCreated.AddMilliseconds(1)), "1"),
            Parse(new string('0', 63) + "7")
        );

        Assert.Equal(
            [present, start, start, start, start],
            new[] { present, earlier, later, old, default }.Select(version => version.Repaired(start))
        );
        Assert.Equal(
            [false, false, true, false, false],
            new[] { present, earlier, later, old, default }.Select(version => version.Blocks(start))
        );

        // Without a stream nothing is known about the order of what comes.
        Assert.Equal([later, old], new[] { later, old }.Select(version => version.Repaired(default)));
        Assert.False(later.Blocks(default));
    }

    [Theory]
    [InlineData(null, "17", "the stream is ''")]
    [InlineData("", "17", "the stream is ''")]
    [InlineData("arn:aws:dynamodb:us-east-1:1:table/t", "17", "the stream is 'arn:aws:dynamodb:us-east-1:1:table/t'")]
    [InlineData("t/stream/", "17", "the stream is 't/stream/'")]
    [InlineData("t/stream/2026-11-22", "17", "the stream is 't/stream/2026-11-22'")]
    [InlineData("t/stream/2026-13-22T08:15:30.123", "17", "the stream is 't/stream/2026-13-22T08:15:30.123'")]
    // a millisecond more than clocks may differ
    [InlineData("t/stream/2026-11-22T09:15:30.001", "17", "the stream was created at 2026-11-22T09:15:30.001Z")]
    [InlineData("t/stream/2026-11-22T08:15:30.123", null, "the sequence number is ''")]
    [InlineData("t/stream/2026-11-22T08:15:30.123", "", "the sequence number is ''")]
    [InlineData("t/stream/2026-11-22T08:15:30.123", "-1", "the sequence number is '-1'")]
    [InlineData("t/stream/2026-11-22T08:15:30.123", "12a", "the sequence number is '12a'")]
    [InlineData("t/stream/2026-11-22T08:15:30.123", " 12", "the sequence number is ' 12'")]
    [InlineData("t/stream/2026-11-22T08:15:30.123", "١٢", "the sequence number is '١٢'")] // digits, but not these
    [InlineData(
        "t/stream/2026-11-22T08:15:30.123",
        "123456789012345678901234567890123456789012345678901234567",
        "the sequence number is '1234"
    )] // 57
    public void A_version_that_no_stream_can_have_issued_is_refused_with_the_reason(string? arn, string? sequenceNumber, string problem)
    {
        Assert.False(SourceVersion.TryOf(arn, sequenceNumber, Now, out var version, out var reason));

        Assert.StartsWith(problem, reason, StringComparison.Ordinal);
        Assert.Equal(default, version);
    }

    [Fact]
    public void The_clock_of_the_engine_may_be_an_hour_ahead() => Of(Change.StreamOf(Now + SourceVersion.ClockTolerance), "17");

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("not a version")]
    [InlineData("999999999999999999999999999999999999999999999999999999999999999999")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000a17")]
    // more digits than any stream gives: it would be newer than all
    [InlineData("1000000000000000000000000000000000000000000000000000000000000017")]
    [InlineData("2026-11-22T08:15:30.123Z 00000000000000000000000000000000000000000000000000000017")]
    [InlineData("2026-13-22T08:15:30.123Z#00000000000000000000000000000000000000000000000000000017")]
    [InlineData("2026-11-22T08:15:30.123Z#0000000000000000000000000000000000000000000000000000-017")]
    public void What_is_no_version_in_a_table_is_not_taken_for_one(string? text)
    {
        Assert.False(SourceVersion.TryParse(text, out var version));
        Assert.Equal(default, version);
    }

    [Fact]
    public void A_version_is_neither_older_nor_newer_than_itself()
    {
        var (one, same) = (Of(Change.StreamOf(Now), "17"), Of(Change.StreamOf(Now), "017"));

        Assert.False(one < same);
        Assert.False(one > same);
        Assert.True(one <= same);
        Assert.True(one >= same);
    }

    [Theory]
    [InlineData(120, "")]
    [InlineData(121, "…")]
    public void A_wrong_stream_is_quoted_up_to_120_characters(int length, string end)
    {
        Assert.False(SourceVersion.TryOf(new string('x', length), "17", Now, out _, out var problem));
        Assert.Equal(
            $"the stream is '{new string('x', 120)}{end}': its ARN must end in the time of its creation, "
                + "like …/stream/2026-11-22T08:15:30.123",
            problem
        );
    }

    [Fact]
    public void A_stream_from_the_future_is_refused_with_both_times()
    {
        Assert.False(SourceVersion.TryOf(Change.StreamOf(Now.AddHours(2)), "17", Now, out _, out var problem));
        Assert.Equal(
            "the stream was created at 2026-11-22T10:15:30.000Z, but it is 2026-11-22T08:15:30.000Z now: compare the clocks of the engine "
                + "and of the function",
            problem
        );
    }

    private static SourceVersion Of(string arn, string sequenceNumber)
    {
        Assert.True(SourceVersion.TryOf(arn, sequenceNumber, Now, out var version, out var problem), problem);
        return version;
    }

    private static SourceVersion Parse(string text)
    {
        Assert.True(SourceVersion.TryParse(text, out var version));
        return version;
    }
}
