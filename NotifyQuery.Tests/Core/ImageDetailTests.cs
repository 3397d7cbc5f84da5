using System.Text;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Core;

/// <summary>What an operator reads of a command that cannot be projected, and the size that is counted for one that can.</summary>
public sealed class ImageDetailTests
{
    private const string CreatedAt = "2026-11-22T08:15:30.123Z";
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private static readonly CommandState Valid = CommandState.Of("tx-1", CreatedAt, "user-1");

    [Fact]
    public void The_trace_of_the_write_is_known_whatever_is_wrong_with_the_image()
    {
        var traced = Valid.With(AttributeNames.TraceParent, TraceParent);

        Assert.Equal(TraceParent, traced.Image().TraceParent);
        Assert.Equal(TraceParent, traced.With(AttributeNames.Channel, "fax").Image().TraceParent);
        Assert.Equal(TraceParent, traced.With(AttributeNames.Body, new string('x', ItemSize.Limit)).Image().TraceParent);
        Assert.Null(Valid.Image().TraceParent);
    }

    [Theory]
    [InlineData(40, "")]
    [InlineData(41, "…")]
    public void A_wrong_value_is_quoted_up_to_forty_characters(int length, string end)
    {
        var quoted = new string('x', 40) + end;

        Assert.Equal(
            [
                $"created_at is '{quoted}': it must be ISO-8601 in UTC with milliseconds, like 2026-11-22T08:15:30.123Z",
                $"channel is '{quoted}': it must be one of push, sms, email, in_app",
                $"status is '{quoted}': it must be one of PENDING, SENT, DELIVERED, READ, FAILED",
            ],
            Valid
                .With(AttributeNames.CreatedAt, new string('x', length))
                .With(AttributeNames.Channel, new string('x', length))
                .With(AttributeNames.Status, new string('x', length))
                .Image()
                .Problems
        );
    }

    [Fact]
    public void A_key_that_is_too_long_is_named_with_its_size_and_what_fits()
    {
        Assert.Equal(
            ["user_id has 2,049 bytes: at most 2,048 fit into a key"],
            Valid.With(AttributeNames.UserId, new string('x', 2049)).Image().Problems
        );
        Assert.Equal(
            ["campaign_id has 3,000 bytes: at most 2,045 fit into a key"],
            Valid.With(AttributeNames.CampaignId, new string('x', 3000)).Image().Problems
        );
        Assert.Equal(
            ["created_at#transaction_id has 1,025 bytes: at most 1,024 fit into a key"],
            Valid.With(AttributeNames.TransactionId, new string('x', 1000)).Image().Problems
        );
    }

    [Fact]
    public void A_transaction_without_an_id_has_no_place()
    {
        Assert.Null(CommandImage.KeyOf(Valid.With(AttributeNames.TransactionId, "").Read));
        Assert.Null(CommandImage.KeyOf(Valid.WithType(AttributeNames.TransactionId, "N").Read));
        Assert.Null(CommandImage.KeyOf(Valid.WithType(AttributeNames.CreatedAt, "N").Read));
    }

    [Fact]
    public void The_size_counted_is_that_of_every_name_and_value_of_the_item_as_it_stands_in_the_table()
    {
        var bare = new Dictionary<string, string>
        {
            ["user_id"] = "usér-1",
            ["created_at"] = $"{CreatedAt}#tx-1",
            ["transaction_id"] = "tx-1",
            ["sent_at"] = CreatedAt,
            ["source_version"] = Change.Version(1).Text,
            ["projected_at"] = CreatedAt,
        };
        var whole = new Dictionary<string, string>(bare)
        {
            ["channel"] = "in_app",
            ["status"] = "DELIVERED",
            ["status_key"] = "DELIVERED#2026-11-22#07",
            ["campaign_id"] = "spring",
            ["campaign_key"] = "spring#07",
            ["title"] = "日本",
            ["body"] = "the body",
            ["error_message"] = "none",
            ["updated_at"] = "2026-11-22T08:16:00.000Z",
            ["trace_parent"] = TraceParent,
        };
        var record = new CommandRecord
        {
            TransactionId = "tx-1",
            CreatedAt = CreatedAt,
            UserId = "usér-1",
        };

        Assert.Equal(BytesOf(bare), ItemSize.OfProjection(record));
        Assert.Equal(
            BytesOf(whole),
            ItemSize.OfProjection(
                record with
                {
                    Channel = Channel.InApp,
                    Status = NotificationStatus.Delivered,
                    CampaignId = "spring",
                    Title = "日本",
                    Body = "the body",
                    ErrorMessage = "none",
                    UpdatedAt = "2026-11-22T08:16:00.000Z",
                    TraceParent = TraceParent,
                }
            )
        );

        static int BytesOf(Dictionary<string, string> item) =>
            item.Sum(attribute => Encoding.UTF8.GetByteCount(attribute.Key) + Encoding.UTF8.GetByteCount(attribute.Value));
    }

    [Fact]
    public void A_sequence_number_that_is_none_is_quoted()
    {
        var projection = Projector.Project(Change.Insert(1, Valid) with { SequenceNumber = "one" }, DateTimeOffset.UtcNow);

        Assert.Equal(["the sequence number is 'one': it must be 1 to 56 decimal digits"], projection.Problems);
    }
}
