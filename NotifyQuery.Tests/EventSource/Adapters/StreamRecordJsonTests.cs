using System.Text;
using Amazon.DynamoDBStreams;
using NotifyQuery.EventSource.Adapters;
using Record = Amazon.DynamoDBStreams.Model.Record;

namespace NotifyQuery.Tests.EventSource;

/// <summary>The event as AWS writes it.</summary>
public sealed class StreamRecordJsonTests
{
    private const string Arn = "arn:aws:dynamodb:us-east-1:000000000000:table/commands/stream/1";

    [Fact]
    public void A_record_is_written_in_AWS_s_shape_with_every_type_of_attribute()
    {
        var record = Record(OperationType.MODIFY);
        record.Dynamodb.NewImage = new()
        {
            ["text"] = new() { S = "é\"" },
            ["empty"] = new() { S = "" },
            ["number"] = new() { N = "1.50" },
            ["true"] = new() { BOOL = true },
            ["false"] = new() { BOOL = false },
            ["null"] = new() { NULL = true },
            ["bytes"] = new() { B = new([1, 2, 255]) },
            ["texts"] = new() { SS = ["a", "b"] },
            ["numbers"] = new() { NS = ["1", "2"] },
            ["many"] = new() { BS = [new([1]), new([2])] },
            ["list"] = new() { L = [new() { S = "x" }, new() { L = [] }] },
            ["map"] = new() { M = new() { ["inner"] = new() { M = [] } } },
        };
        record.Dynamodb.OldImage = new() { ["text"] = new() { S = "old" } };

        var change = ChangeRecords.Of(record, Arn);

        Assert.Equal(
            """
            {"eventID":"e1","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1767323045,"Keys":{"id":{"S":"k"},"at":{"S":"t"}},"NewImage":{"text":{"S":"é\""},"empty":{"S":""},"number":{"N":"1.50"},"true":{"BOOL":true},"false":{"BOOL":false},"null":{"NULL":true},"bytes":{"B":"AQL/"},"texts":{"SS":["a","b"]},"numbers":{"NS":["1","2"]},"many":{"BS":["AQ==","Ag=="]},"list":{"L":[{"S":"x"},{"L":[]}]},"map":{"M":{"inner":{"M":{}}}}},"OldImage":{"text":{"S":"old"}},"SequenceNumber":"000000000000000000007","SizeBytes":12,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"arn:aws:dynamodb:us-east-1:000000000000:table/commands/stream/1"}
            """,
            Encoding.UTF8.GetString(change.Json.Span)
        );
        Assert.Equal(
            ("000000000000000000007", "e1", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)),
            (change.SequenceNumber, change.EventId, change.CreatedAt)
        );
    }

    [Fact]
    public void A_removal_by_expiry_has_no_new_image_and_says_who_did_it()
    {
        var record = Record(OperationType.REMOVE);
        record.Dynamodb.NewImage = [];
        record.UserIdentity = new() { Type = "Service", PrincipalId = "dynamodb.amazonaws.com" };

        var json = Encoding.UTF8.GetString(ChangeRecords.Of(record, Arn).Json.Span);

        Assert.DoesNotContain("NewImage", json, StringComparison.Ordinal);
        Assert.DoesNotContain("OldImage", json, StringComparison.Ordinal);
        Assert.Contains(
            """
            "userIdentity":{"principalId":"dynamodb.amazonaws.com","type":"Service"}
            """,
            json,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_item_has_one_key_whatever_the_order_in_which_its_parts_arrive()
    {
        var one = Record(OperationType.INSERT);
        var other = Record(OperationType.INSERT);
        other.Dynamodb.Keys = one.Dynamodb.Keys.Reverse().ToDictionary();
        var third = Record(OperationType.INSERT);
        third.Dynamodb.Keys["id"] = new() { S = "other" };

        Assert.Equal(ChangeRecords.Of(one, Arn).ItemKey, ChangeRecords.Of(other, Arn).ItemKey);
        Assert.NotEqual(ChangeRecords.Of(one, Arn).ItemKey, ChangeRecords.Of(third, Arn).ItemKey);
    }

    [Fact]
    public void What_makes_no_sense_is_written_as_it_came_and_stops_nothing()
    {
        var record = Record(OperationType.INSERT);
        record.EventName = null;
        record.Dynamodb.ApproximateCreationDateTime = null;
        record.Dynamodb.Keys = null;
        record.Dynamodb.NewImage = new()
        {
            ["none"] = new(),
            ["null"] = null,
            ["false"] = new() { NULL = false },
            ["two"] = new() { S = "x", N = "1" },
            ["inner"] = new() { L = [new(), null] },
        };

        var change = ChangeRecords.Of(record, Arn);

        var json = Encoding.UTF8.GetString(change.Json.Span);
        Assert.Contains(
            """
            "NewImage":{"none":{},"null":{},"false":{"NULL":false},"two":{"S":"x","N":"1"},"inner":{"L":[{},{}]}}
            """,
            json,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("ApproximateCreationDateTime", json, StringComparison.Ordinal);
        Assert.Equal(("{}", "e1"), (change.ItemKey, change.EventId));
        Assert.Equal(TimeProvider.System.GetUtcNow(), change.CreatedAt, TimeSpan.FromMinutes(1));
    }

    private static Record Record(OperationType name) =>
        new()
        {
            EventID = "e1",
            EventName = name,
            EventVersion = "1.1",
            EventSource = "aws:dynamodb",
            AwsRegion = "us-east-1",
            Dynamodb = new()
            {
                ApproximateCreationDateTime = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
                Keys = new()
                {
                    ["id"] = new() { S = "k" },
                    ["at"] = new() { S = "t" },
                },
                SequenceNumber = "000000000000000000007",
                SizeBytes = 12,
                StreamViewType = StreamViewType.NEW_AND_OLD_IMAGES,
            },
        };
}
