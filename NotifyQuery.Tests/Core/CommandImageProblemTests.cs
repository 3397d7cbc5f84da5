using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using static NotifyQuery.Tests.Core.ExampleCommands;

namespace NotifyQuery.Tests.Core;

/// <summary>What is wrong with an image, in words.</summary>
public sealed class CommandImageProblemTests
{
    [Theory]
    [InlineData(AttributeNames.TransactionId)]
    [InlineData(AttributeNames.CreatedAt)]
    [InlineData(AttributeNames.UserId)]
    public void A_required_attribute_that_is_absent_or_empty_is_named(string attribute)
    {
        Assert.Equal([$"{attribute} is missing"], Valid.Without(attribute).Image().Problems);
        Assert.Equal([$"{attribute} is missing"], Valid.With(attribute, "").Image().Problems);
    }

    [Fact]
    public void Text_that_is_not_Unicode_is_no_value_of_any_attribute_and_gives_no_place()
    {
        foreach (var attribute in Complete.Attributes.Keys)
        {
            var state = Complete.With(attribute, Complete.Read(attribute).Text + "\ud83d");
            Assert.Equal([$"{attribute} is not Unicode text: it contains half of a surrogate pair"], state.Image().Problems);
        }

        Assert.Null(CommandImage.KeyOf(Valid.With(AttributeNames.UserId, "ann\ud83d").Read));
        Assert.Null(CommandImage.KeyOf(Valid.With(AttributeNames.TransactionId, "\ude00").Read));
    }

    [Fact]
    public void A_wrong_value_is_shown_without_half_a_character_and_without_what_steers_a_terminal()
    {
        var problem = Assert.Single(Valid.With(AttributeNames.Channel, new string('x', 39) + "\U0001F600").Image().Problems);

        Assert.Contains($"'{new string('x', 39)}…'", problem, StringComparison.Ordinal);
        Assert.Contains(
            "'a\\u001b[2J'",
            Assert.Single(Valid.With(AttributeNames.Channel, "a\u001b[2J").Image().Problems),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_transaction_that_is_too_long_is_named_whatever_is_wrong_with_the_moment()
    {
        var problems = Valid
            .With(AttributeNames.TransactionId, new string('t', 1000))
            .With(AttributeNames.CreatedAt, "soon")
            .Image()
            .Problems;

        Assert.Contains("created_at#transaction_id has 1,025 bytes: at most 1,024 fit into a key", problems);
        Assert.Null(CommandImage.KeyOf(Valid.With(AttributeNames.TransactionId, new string('t', 1000)).Read));
        Assert.Null(CommandImage.KeyOf(Valid.With(AttributeNames.UserId, new string('u', 2049)).Read));
    }

    [Fact]
    public void Every_known_attribute_must_be_a_string()
    {
        foreach (var attribute in Complete.Attributes.Keys)
            Assert.Equal([$"{attribute} has type N: it must be a string (S)"], Complete.WithType(attribute, "N").Image().Problems);
    }

    [Theory]
    [InlineData("2026-11-22")]
    [InlineData("2026-11-22T08:15:30Z")]
    [InlineData("2026-11-22T10:15:30.123+02:00")]
    [InlineData("yesterday")]
    public void A_command_must_be_made_at_a_moment_in_the_layout_of_the_tables(string createdAt)
    {
        var problem = Assert.Single(Valid.With(AttributeNames.CreatedAt, createdAt).Image().Problems);
        Assert.StartsWith($"created_at is '{createdAt}': it must be ISO-8601 in UTC with milliseconds", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_channel_or_status_that_is_not_known_is_named_with_those_that_are()
    {
        var image = Valid.With(AttributeNames.Channel, "fax").With(AttributeNames.Status, "sent").Image();

        Assert.Null(image.Record);
        Assert.Equal(
            [
                "channel is 'fax': it must be one of push, sms, email, in_app",
                "status is 'sent': it must be one of PENDING, SENT, DELIVERED, READ, FAILED",
            ],
            image.Problems
        );
    }

    [Fact]
    public void All_problems_are_named_at_once()
    {
        var image = Valid
            .Without(AttributeNames.UserId)
            .With(AttributeNames.CreatedAt, "soon")
            .WithType(AttributeNames.Title, "L")
            .With(AttributeNames.Status, "?")
            .Image();

        Assert.Equal(4, image.Problems.Count);
        Assert.Contains(image.Problems, p => p.StartsWith("user_id", StringComparison.Ordinal));
        Assert.Contains(image.Problems, p => p.StartsWith("created_at", StringComparison.Ordinal));
        Assert.Contains(image.Problems, p => p.StartsWith("title", StringComparison.Ordinal));
        Assert.Contains(image.Problems, p => p.StartsWith("status", StringComparison.Ordinal));
    }

    [Fact]
    public void A_long_wrong_value_is_shortened_in_its_problem()
    {
        var problem = Assert.Single(Valid.With(AttributeNames.Channel, new string('x', 5000)).Image().Problems);
        Assert.True(problem.Length < 150, problem);
    }

    [Theory]
    [InlineData(AttributeNames.UserId, 2048)]
    [InlineData(AttributeNames.CampaignId, 2045)]
    [InlineData(AttributeNames.TransactionId, 1024 - 25)] // the sort key has the moment and a # before it
    public void What_becomes_a_key_is_as_long_as_DynamoDB_takes_and_not_a_byte_longer(string attribute, int bytes)
    {
        var longest = new string('x', bytes - 2) + "é"; // two bytes of UTF-8

        Assert.Empty(Valid.With(attribute, longest).Image().Problems);
        Assert.Contains("fit into a key", Assert.Single(Valid.With(attribute, longest + "x").Image().Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_is_as_large_as_fits_once_it_is_projected_and_not_a_byte_larger()
    {
        var most = ItemSize.Limit - ItemSize.OfProjection(Complete.With(AttributeNames.Body, "b").Image().Record!) + 1;

        Assert.Empty(Complete.With(AttributeNames.Body, new string('x', most)).Image().Problems);
        var tooLarge = Complete.With(AttributeNames.Body, new string('x', most - 2) + "日").Image(); // three bytes
        Assert.Null(tooLarge.Record);
        Assert.Equal(["the projected item would have 409,601 bytes: DynamoDB allows at most 409,600"], tooLarge.Problems);
    }
}
