using NotifyQuery.Operations.Failures;

namespace NotifyQuery.Tests.Operations;

/// <summary>The message of an on-failure destination, as AWS writes it.</summary>
public sealed class GivenUpBatchTests
{
    [Fact]
    public void A_message_names_where_in_the_stream_the_batch_is_and_why_it_was_given_up()
    {
        Assert.True(GivenUpBatch.TryRead(Message(), out var batch));
        Assert.Equal(
            new GivenUpBatch(
                "RetryAttemptsExhausted",
                101,
                "arn:aws:dynamodb:us-east-1:123456789012:table/command-records/stream/2026-11-25T08:49:12.467",
                "shardId-00000001573689847184-864758bb",
                "800000000003126276362",
                "800000000003126276370",
                3,
                "2026-11-25T09:13:49.717Z"
            ),
            batch
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Records":[]}""")]
    public void Other_messages_are_recognized(string? body) => Assert.False(GivenUpBatch.TryRead(body, out _));

    [Theory]
    [InlineData("streamArn")]
    [InlineData("shardId")]
    [InlineData("startSequenceNumber")]
    [InlineData("endSequenceNumber")]
    public void A_message_without_a_place_in_the_stream_is_not_one(string missing) =>
        Assert.False(GivenUpBatch.TryRead(Message().Replace(missing, "other", StringComparison.Ordinal), out _));

    /// <summary>A message in AWS's shape.</summary>
    internal static string Message(
        string stream = "arn:aws:dynamodb:us-east-1:123456789012:table/command-records/stream/2026-11-25T08:49:12.467",
        string shard = "shardId-00000001573689847184-864758bb",
        string start = "800000000003126276362",
        string end = "800000000003126276370",
        int records = 3
    ) =>
        $$"""
            {
              "requestContext": {
                "requestId": "316aa6d0-8154-xmpl-9af7-85d5f4a6bc81",
                "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:nq-StreamProcessor:$LATEST",
                "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 101
              },
              "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
              "version": "1.0",
              "timestamp": "2026-11-25T09:13:49.717Z",
              "DDBStreamBatchInfo": {
                "shardId": "{{shard}}", "startSequenceNumber": "{{start}}", "endSequenceNumber": "{{end}}",
                "approximateArrivalOfFirstRecord": "2026-11-25T08:13:19Z", "approximateArrivalOfLastRecord": "2026-11-25T08:14:19Z",
                "batchSize": {{records}}, "streamArn": "{{stream}}"
              }
            }
            """;
}
