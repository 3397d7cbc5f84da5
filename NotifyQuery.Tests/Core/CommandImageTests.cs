using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Core;

public sealed class CommandImageTests
{
    private const string CreatedAt = "2026-11-22T08:15:30.123Z";

    private static readonly CommandState Valid = CommandState.Of("tx-1", CreatedAt, "user-1");

    private static readonly CommandState Complete = Valid
        .With(AttributeNames.Channel, "in_app")
        .With(AttributeNames.Status, "FAILED")
        .With(AttributeNames.CampaignId, "spring")
        .With(AttributeNames.Title, "title")
        .With(AttributeNames.Body, "body")
        .With(AttributeNames.ErrorMessage, "error")
        .With(AttributeNames.UpdatedAt, "2026-11-22T08:16:00.000Z")
        .With(AttributeNames.TraceParent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

    [Fact]
    public void A_complete_image_gives_every_attribute()
    {
        var image = Complete.Image();

        Assert.Empty(image.Problems);
        Assert.Equal(
            new CommandRecord
            {
                TransactionId = "tx-1",
                CreatedAt = CreatedAt,
                UserId = "user-1",
                Channel = Channel.InApp,
                Status = NotificationStatus.Failed,
                CampaignId = "spring",
                Title = "title",
                Body = "body",
                ErrorMessage = "error",
                UpdatedAt = "2026-11-22T08:16:00.000Z",
                TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            },
            image.Record
        );
        Assert.Equal(new NotificationKey("user-1", $"{CreatedAt}#tx-1"), image.Record!.Key);
    }

    [Fact]
    public void Only_the_key_and_the_user_are_required()
    {
        var image = Valid.Image();

        Assert.Empty(image.Problems);
        Assert.Equal(
            new CommandRecord
            {
                TransactionId = "tx-1",
                CreatedAt = CreatedAt,
                UserId = "user-1",
            },
            image.Record
        );
    }

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
    public void An_optional_attribute_that_is_empty_counts_as_absent()
    {
        var image = Valid
            .With(AttributeNames.CampaignId, "")
            .With(AttributeNames.Channel, "")
            .With(AttributeNames.Status, "")
            .With(AttributeNames.Title, "")
            .Image();

        Assert.Empty(image.Problems);
        Assert.Equal(Valid.Image().Record, image.Record);
    }

    [Fact]
    public void NULL_counts_as_absent_like_an_empty_text()
    {
        var image = Complete
            .Attributes.Keys.Except([AttributeNames.TransactionId, AttributeNames.CreatedAt, AttributeNames.UserId])
            .Aggregate(Complete, (state, attribute) => state.WithType(attribute, "NULL"))
            .Image();

        Assert.Empty(image.Problems);
        Assert.Equal(Valid.Image().Record, image.Record);
        Assert.Equal(["user_id is missing"], Valid.WithType(AttributeNames.UserId, "NULL").Image().Problems);
    }

    [Fact]
    public void Text_that_is_not_Unicode_is_no_value_of_any_attribute_and_gives_no_place()
    {
        foreach (var attribute in Complete.Attributes.Keys)
        {
            var state = Complete.With(attribute, Complete.Read(attribute).Text + "\ud83d");
            Assert.Equal([$"{attribute} is not Unicode text: it holds half of a surrogate pair"], state.Image().Problems);
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

    [Fact]
    public void Unknown_attributes_are_not_looked_at()
    {
        Assert.Equal(
            Valid.Image().Record,
            Valid.WithType("device", "M").With("status_key", "x").WithType(AttributeNames.SourceVersion, "N").Image().Record
        );
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
        Assert.Equal(["the projected item would have 409,601 bytes: DynamoDB takes at most 409,600"], tooLarge.Problems);
    }

    [Fact]
    public void The_place_of_an_image_is_returned_whatever_else_is_wrong_with_it()
    {
        var place = new NotificationKey("user-1", $"{CreatedAt}#tx-1");

        Assert.Equal(place, CommandImage.KeyOf(Valid.Read));
        Assert.Equal(place, CommandImage.KeyOf(Valid.With(AttributeNames.Channel, "fax").WithType(AttributeNames.Body, "M").Read));
    }

    [Fact]
    public void An_image_without_user_or_key_has_no_place()
    {
        Assert.Null(CommandImage.KeyOf(Valid.Without(AttributeNames.UserId).Read));
        Assert.Null(CommandImage.KeyOf(Valid.With(AttributeNames.UserId, "").Read));
        Assert.Null(CommandImage.KeyOf(Valid.WithType(AttributeNames.UserId, "N").Read));
        Assert.Null(CommandImage.KeyOf(Valid.Without(AttributeNames.TransactionId).Read));
        Assert.Null(CommandImage.KeyOf(Valid.Without(AttributeNames.CreatedAt).Read));
    }

    [Fact]
    public void An_image_whose_moment_is_invalid_has_no_place_lest_it_take_that_of_another_command()
    {
        var other = CommandState.Of("a#b", CreatedAt, "user-1");
        var invalid = CommandState.Of("b", $"{CreatedAt}#a", "user-1"); // the same text, cut elsewhere

        Assert.Equal($"{CreatedAt}#a#b", CommandImage.KeyOf(other.Read)!.Value.SortKey);
        Assert.Null(CommandImage.KeyOf(invalid.Read));
    }
}
