using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Tests.Core;

public sealed class TimestampTests
{
    [Fact]
    public void A_moment_is_written_in_UTC_with_milliseconds_and_what_is_finer_is_cut_off()
    {
        var moment = new DateTimeOffset(2026, 11, 22, 10, 15, 30, TimeSpan.FromHours(2)).AddTicks(1_239_999);

        Assert.Equal("2026-11-22T08:15:30.123Z", Timestamp.Format(moment));
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var moment = new DateTimeOffset(2026, 2, 28, 23, 59, 59, 999, TimeSpan.Zero);

        Assert.Equal(moment, Timestamp.Parse(Timestamp.Format(moment)));
        Assert.Equal(TimeSpan.Zero, Timestamp.Parse(Timestamp.Format(moment)).Offset);
        Assert.Equal("2026-02-28", Timestamp.DayOf(Timestamp.Format(moment)));
    }

    [Theory]
    [InlineData("2026-11-22T08:15:30Z")]
    [InlineData("2026-11-22T08:15:30.12Z")]
    [InlineData("2026-11-22T08:15:30.1234Z")]
    [InlineData("2026-11-22T08:15:30.123")]
    [InlineData("2026-11-22T08:15:30.123+00:00")]
    [InlineData("2026-11-22t08:15:30.123z")]
    [InlineData("2026-11-22 08:15:30.123Z")]
    [InlineData(" 2026-11-22T08:15:30.123Z")]
    [InlineData("2026-11-22T08:15:30.123Z ")]
    [InlineData("2026-02-30T08:15:30.123Z")]
    [InlineData("2026-11-22T24:00:00.000Z")]
    [InlineData("")]
    public void Every_other_layout_is_invalid_in_a_table(string text)
    {
        Assert.False(Timestamp.IsValid(text));
        Assert.Throws<FormatException>(() => Timestamp.Parse(text));
    }

    [Theory]
    [InlineData("2026-11-22", "2026-11-22T00:00:00.000Z")]
    [InlineData("2026-11-22T08:15", "2026-11-22T08:15:00.000Z")]
    [InlineData("2026-11-22T08:15Z", "2026-11-22T08:15:00.000Z")]
    [InlineData("2026-11-22T08:15:30", "2026-11-22T08:15:30.000Z")]
    [InlineData("2026-11-22T08:15:30Z", "2026-11-22T08:15:30.000Z")]
    [InlineData("2026-11-22T10:15:30+02:00", "2026-11-22T08:15:30.000Z")]
    [InlineData("2026-11-22T08:15:30.1Z", "2026-11-22T08:15:30.100Z")]
    [InlineData("2026-11-22T08:15:30.1234567Z", "2026-11-22T08:15:30.123Z")]
    public void A_person_may_write_any_ISO_date_or_moment(string text, string moment)
    {
        Assert.True(Timestamp.TryParseLenient(text, out var read));
        Assert.Equal(moment, Timestamp.Format(read));
    }

    [Theory]
    [InlineData("22.11.2026")]
    [InlineData("11/22/2026")]
    [InlineData("2026-11-22 08:15:30")]
    [InlineData("2026-11-22T10:15:30 02:00")] // a + that was not written as %2B
    [InlineData("0001-01-01T00:00+14:00")] // before the first moment there is
    [InlineData("9999-12-31T23:59-14:00")] // after the last
    [InlineData("now")]
    public void What_is_no_ISO_date_is_refused(string text) => Assert.False(Timestamp.TryParseLenient(text, out _));
}
