using static NotifyQuery.Tests.EventSource.EventFilters;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// Lambda's rules of event filtering, by their documentation: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html,
/// …/with-ddb-filtering.html, and for the operators
/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html.
/// </summary>
public sealed class EventFilterTests
{
    private const string Record = """
        {"eventID":"1","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1",
         "dynamodb":{"ApproximateCreationDateTime":1678831218,
          "Keys":{"transaction_id":{"S":"tx-1"},"created_at":{"S":"2026-11-22T08:15:30.123Z"}},
          "NewImage":{"user_id":{"S":"Ann"},"status":{"S":"SENT"},"title":{"S":""},"tries":{"N":"300"},"vip":{"BOOL":true},
           "error_message":{"NULL":true},
           "tags":{"SS":["red","blue"]},"list":{"L":[{"S":"one"},{"S":"two","N":"2"},{"N":"3"}]},"none":{"L":[]},
           "map":{"M":{"deep":{"S":"file.png"}}}},
          "OldImage":{"status":{"S":"PENDING"}},
          "SequenceNumber":"111","SizeBytes":300,"Ratio":3.0e2,"StreamViewType":"NEW_AND_OLD_IMAGES"},
         "userIdentity":null,"eventSourceARN":"arn:aws:dynamodb:us-east-1:000000000000:table/command-records/stream/1"}
        """;

    [Theory]
    // Equals: character by character, without case-folding; several values are alternatives.
    [InlineData("""{"eventName":["MODIFY"]}""", true)]
    [InlineData("""{"eventName":["modify"]}""", false)]
    [InlineData("""{"eventName":["INSERT","MODIFY"]}""", true)]
    [InlineData("""{"eventName":["INSERT"]}""", false)]
    [InlineData("""{"dynamodb":{"Keys":{"transaction_id":{"S":["tx-1"]}}}}""", true)]
    [InlineData("""{"dynamodb":{"Keys":{"transaction_id":{"S":["tx-2"]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":["Ann","Bob"]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"vip":{"BOOL":[true]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"vip":{"BOOL":[false]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"vip":{"BOOL":["true"]}}}}""", false)]
    // Empty text, and null.
    [InlineData("""{"dynamodb":{"NewImage":{"title":{"S":[""]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[""]}}}}""", false)]
    [InlineData("""{"userIdentity":[null]}""", true)]
    [InlineData("""{"eventName":[null]}""", false)]
    [InlineData("""{"absent":[null]}""", false)]
    // Numbers are compared as they are written: 300, 300.0 and 3.0e2 are different.
    [InlineData("""{"dynamodb":{"SizeBytes":[300]}}""", true)]
    [InlineData("""{"dynamodb":{"SizeBytes":[300.0]}}""", false)]
    [InlineData("""{"dynamodb":{"Ratio":[300]}}""", false)]
    [InlineData("""{"dynamodb":{"Ratio":[3.0e2]}}""", true)]
    // A number of DynamoDB is a text in the record.
    [InlineData("""{"dynamodb":{"NewImage":{"tries":{"N":["300"]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"tries":{"N":[300]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"tries":{"N":[{"numeric":["=",300]}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"tries":{"N":[{"prefix":"3"}]}}}}""", true)]
    // And: all fields; those that the pattern does not name do not matter.
    [InlineData(
        """{"eventName":["MODIFY"],"dynamodb":{"NewImage":{"status":{"S":["SENT"]}},"OldImage":{"status":{"S":["PENDING"]}}}}""",
        true
    )]
    [InlineData("""{"eventName":["MODIFY"],"dynamodb":{"NewImage":{"status":{"S":["READ"]}}}}""", false)]
    // Or over fields.
    [InlineData("""{"$or":[{"eventName":["INSERT"]},{"dynamodb":{"NewImage":{"status":{"S":["SENT"]}}}}]}""", true)]
    [InlineData("""{"$or":[{"eventName":["INSERT"]},{"eventName":["REMOVE"]}]}""", false)]
    [InlineData("""{"eventName":["MODIFY"],"dynamodb":{"NewImage":{"$or":[{"status":{"S":["READ"]}},{"user_id":{"S":["Ann"]}}]}}}""", true)]
    [InlineData("""{"eventName":["INSERT"],"$or":[{"awsRegion":["us-east-1"]},{"awsRegion":["us-east-2"]}]}""", false)]
    // Begins with, ends with.
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"prefix":"An"}]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"prefix":"an"}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"map":{"M":{"deep":{"S":[{"suffix":".png"}]}}}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"map":{"M":{"deep":{"S":[{"suffix":".jpg"}]}}}}}}""", false)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"prefix":"3"}]}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"prefix":"B"},{"suffix":"n"}]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"equals-ignore-case":"ANN"}]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"equals-ignore-case":"ANNA"}]}}}}""", false)]
    // Not.
    [InlineData("""{"eventName":[{"anything-but":"REMOVE"}]}""", true)]
    [InlineData("""{"eventName":[{"anything-but":["REMOVE"]}]}""", true)]
    [InlineData("""{"eventName":[{"anything-but":["REMOVE","MODIFY"]}]}""", false)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"anything-but":[300,400]}]}}""", false)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"anything-but":[400]}]}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"anything-but":{"prefix":"A"}}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"anything-but":{"prefix":["B","C"]}}]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"anything-but":{"suffix":"nn"}}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"anything-but":{"equals-ignore-case":"ann"}}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"absent":{"S":[{"anything-but":["x"]}]}}}}""", false)]
    // Numbers within a range.
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":["=",300]}]}}""", true)]
    [InlineData("""{"dynamodb":{"Ratio":[{"numeric":["=",300]}]}}""", true)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":[">",100,"<=",300]}]}}""", true)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":[">",300]}]}}""", false)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":[">=",300]}]}}""", true)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":["<",300]}]}}""", false)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":["<",10]},{"numeric":[">",299.5]}]}}""", true)]
    // Exists looks at leaves alone, never at what lies on the way to them.
    [InlineData("""{"dynamodb":{"NewImage":{"status":{"S":[{"exists":true}]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"status":[{"exists":true}]}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"absent":{"S":[{"exists":true}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"absent":{"S":[{"exists":false}]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"status":{"S":[{"exists":false}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"status":[{"exists":false}]}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"error_message":{"NULL":[{"exists":true}]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"list":{"L":{"S":[{"exists":true}]}}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"list":{"L":[{"exists":true}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"none":{"L":{"S":[{"exists":true}]}}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"none":{"L":{"S":[{"exists":false}]}}}}}""", true)]
    // A list matches by any of its elements; fields of one object of it by the same element.
    [InlineData("""{"dynamodb":{"NewImage":{"tags":{"SS":["blue"]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"tags":{"SS":["green"]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"list":{"L":{"S":["two"],"N":["2"]}}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"list":{"L":{"S":["two"],"N":["3"]}}}}}""", false)]
    public void A_pattern_takes_a_record_as_Lambda_does(string pattern, bool taken) =>
        Assert.Equal(taken, Filter(pattern).Takes(Bytes(Record)));

    [Theory]
    [InlineData("""{"eventName":["INSERT"]}""", """{"eventName":"INSERT","dynamodb":{"NewImage":{"\ud83d":{"S":"x"}}}}""")]
    [InlineData(
        """{"dynamodb":{"NewImage":{"title":{"S":[{"anything-but":["x"]}]}}}}""",
        """{"dynamodb":{"NewImage":{"title":{"S":"\ud83d"}}}}"""
    )]
    public void A_record_with_text_that_is_not_Unicode_is_compared_without_an_end(string pattern, string record) =>
        Assert.True(Filter(pattern).Takes(Bytes(record)));
}
