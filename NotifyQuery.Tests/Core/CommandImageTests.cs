using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Core.ExampleCommands;

namespace NotifyQuery.Tests.Core;

/// <summary>What is read from an image, and the place that it gives.</summary>
public sealed class CommandImageTests
{
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
    public void Unknown_attributes_are_not_looked_at()
    {
        Assert.Equal(
            Valid.Image().Record,
            Valid.WithType("device", "M").With("status_key", "x").WithType(AttributeNames.SourceVersion, "N").Image().Record
        );
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
    public void A_key_of_exactly_the_limit_has_a_place_and_one_of_a_byte_more_has_none()
    {
        // "é" has two bytes: the limits are in bytes, not in characters.
        var (user, transaction) = (new string('é', 1024), "é".PadRight(1024 - CreatedAt.Length - 2, 't'));

        Assert.Equal(new NotificationKey(user, $"{CreatedAt}#{transaction}"), CommandImage.KeyOf(Of(transaction, user).Read));
        Assert.Empty(Of(transaction, user).Image().Problems);
        Assert.Null(CommandImage.KeyOf(Of(transaction, user + "u").Read));
        Assert.Null(CommandImage.KeyOf(Of(transaction + "t", user).Read));

        static CommandState Of(string transaction, string user) => CommandState.Of(transaction, CreatedAt, user);
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
