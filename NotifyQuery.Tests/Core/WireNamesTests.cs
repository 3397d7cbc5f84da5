using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Tests.Core;

public sealed class WireNamesTests
{
    [Fact]
    public void Every_channel_and_status_is_read_back_from_its_name()
    {
        foreach (var channel in Enum.GetValues<Channel>())
        {
            Assert.True(WireNames.TryParse(channel.ToName(), out Channel read));
            Assert.Equal(channel, read);
        }

        foreach (var status in Enum.GetValues<NotificationStatus>())
        {
            Assert.True(WireNames.TryParse(status.ToName(), out NotificationStatus read));
            Assert.Equal(status, read);
        }
    }

    [Fact]
    public void The_names_are_those_of_the_tables()
    {
        Assert.Equal("push, sms, email, in_app", WireNames.AllChannels);
        Assert.Equal("PENDING, SENT, DELIVERED, READ, FAILED", WireNames.AllStatuses);
    }

    [Theory]
    [InlineData("PUSH")]
    [InlineData("inApp")]
    [InlineData("InApp")]
    [InlineData("0")]
    [InlineData("")]
    public void A_channel_in_other_letters_is_none(string name) => Assert.False(WireNames.TryParse(name, out Channel _));

    [Theory]
    [InlineData("failed")]
    [InlineData("Failed")]
    [InlineData("4")]
    [InlineData(" FAILED")]
    public void A_status_in_other_letters_is_none(string name) => Assert.False(WireNames.TryParse(name, out NotificationStatus _));

    [Fact]
    public void What_is_not_in_the_enumeration_has_no_name()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ((Channel)99).ToName());
        Assert.Throws<ArgumentOutOfRangeException>(() => ((NotificationStatus)99).ToName());
    }
}
