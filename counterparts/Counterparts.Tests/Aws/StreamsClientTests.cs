using System.Globalization;
using System.Text;
using System.Text.Json;
using Amazon;
using Amazon.DynamoDBStreams;
using Amazon.DynamoDBStreams.Model;
using Amazon.Runtime.Endpoints;
using static Counterparts.Tests.Aws.FakeService;

namespace Counterparts.Tests.Aws;

public class StreamsClientTests
{
    [Fact]
    public async Task An_operation_is_named_by_its_target_and_signed_for_dynamodb()
    {
        await using var service = await FakeService.StartAsync((_, _) => new Answer(200, """{"ShardIterator":"i"}"""));
        using var streams = Client(service);

        var response = await streams.GetShardIteratorAsync(
            new GetShardIteratorRequest
            {
                StreamArn = "arn",
                ShardId = "s",
                ShardIteratorType = ShardIteratorType.AFTER_SEQUENCE_NUMBER,
                SequenceNumber = "1",
            },
            TestContext.Current.CancellationToken
        );

        Assert.Equal("i", response.ShardIterator);
        var request = Assert.Single(service.Requests);
        Assert.Equal("DynamoDBStreams_20120810.GetShardIterator", request.Headers["X-Amz-Target"]);
        Assert.Equal("application/x-amz-json-1.0", request.Headers["Content-Type"]);
        Assert.Contains("/eu-west-1/dynamodb/aws4_request", request.Headers["Authorization"], StringComparison.Ordinal);
        using var body = JsonDocument.Parse(request.Text);
        Assert.Equal(
            ["SequenceNumber=1", "ShardId=s", "ShardIteratorType=AFTER_SEQUENCE_NUMBER", "StreamArn=arn"],
            body.RootElement.EnumerateObject().Select(member => $"{member.Name}={member.Value}")
        );
    }

    [Fact]
    public async Task A_thousand_records_are_read_with_their_repeated_names_kept_once()
    {
        var body = new StringBuilder("""{"NextShardIterator":"next","Records":[""");
        for (var i = 0; i < 1000; i++)
            body.Append(
                CultureInfo.InvariantCulture,
                $$$"""
                {{{(
                    i == 0 ? "" : ","
                )}}}{"awsRegion":"eu-west-1","eventID":"{{{i}}}","eventName":"INSERT","eventSource":"aws:dynamodb","eventVersion":"1.1","later":{"unknown":[1,{}]},
                 "dynamodb":{"ApproximateCreationDateTime":1700000000.25,"Keys":{"transaction_id":{"S":"t{{{i}}}"}},"NewImage":{"transaction_id":{"S":"t{{{i}}}"},"b\u006fdy":{"S":"\u017e{{{i}}}"}},
                 "SequenceNumber":"4000000000000000000{{{i}}}","SizeBytes":42,"StreamViewType":"NEW_AND_OLD_IMAGES"} }
                """
            );
        body.Append("]}");
        await using var service = await FakeService.StartAsync((_, _) => new Answer(200, body.ToString()));
        using var streams = Client(service);

        var response = await streams.GetRecordsAsync(
            new GetRecordsRequest { ShardIterator = "i", Limit = 1000 },
            TestContext.Current.CancellationToken
        );

        Assert.Equal("next", response.NextShardIterator);
        Assert.Equal(1000, response.Records.Count);
        var last = response.Records[^1];
        Assert.Equal("999", last.EventID);
        Assert.Equal(OperationType.INSERT, last.EventName);
        Assert.Equal(new DateTime(2023, 11, 14, 22, 13, 20, 250, DateTimeKind.Utc), last.Dynamodb.ApproximateCreationDateTime);
        Assert.Equal(DateTimeKind.Utc, last.Dynamodb.ApproximateCreationDateTime!.Value.Kind);
        Assert.Equal("t999", last.Dynamodb.Keys["transaction_id"].S);
        Assert.Equal("ž999", last.Dynamodb.NewImage["body"].S);
        Assert.Null(last.Dynamodb.OldImage);
        Assert.Null(last.UserIdentity);
        Assert.Equal("4000000000000000000999", last.Dynamodb.SequenceNumber);
        Assert.Equal(42, last.Dynamodb.SizeBytes);
        Assert.Equal(StreamViewType.NEW_AND_OLD_IMAGES, last.Dynamodb.StreamViewType);
        Assert.Same(response.Records[0].Dynamodb.Keys.Keys.Single(), last.Dynamodb.Keys.Keys.Single());
    }

    [Fact]
    public async Task A_value_as_deep_as_dynamodb_allows_and_the_identity_of_the_ttl_process_are_read()
    {
        var deep =
            string.Concat(Enumerable.Repeat("""{"L":[{"M":{"k":""", 16))
            + """{"S":"bottom"}"""
            + string.Concat(Enumerable.Repeat("}}]}", 16));
        await using var service = await FakeService.StartAsync(
            (_, _) =>
                new Answer(
                    200,
                    $$$"""
                    {"Records":[{"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"},"dynamodb":{"OldImage":{"deep":{{{deep}}}},"NewImage":null}}]}
                    """
                )
        );
        using var streams = Client(service);

        var response = await streams.GetRecordsAsync("i", TestContext.Current.CancellationToken);

        var record = Assert.Single(response.Records);
        Assert.Equal("dynamodb.amazonaws.com", record.UserIdentity.PrincipalId);
        Assert.Equal("Service", record.UserIdentity.Type);
        Assert.Null(record.Dynamodb.NewImage);
        Assert.Null(response.NextShardIterator);
        var value = record.Dynamodb.OldImage["deep"];
        for (var level = 0; level < 16; level++)
            value = value.L.Single().M["k"];
        Assert.Equal("bottom", value.S);
    }

    [Theory]
    [InlineData("ExpiredIteratorException", typeof(ExpiredIteratorException))]
    [InlineData("TrimmedDataAccessException", typeof(TrimmedDataAccessException))]
    [InlineData("ResourceNotFoundException", typeof(ResourceNotFoundException))]
    [InlineData("LimitExceededException", typeof(LimitExceededException))]
    [InlineData("InternalServerError", typeof(InternalServerErrorException))]
    [InlineData("ValidationException", typeof(AmazonDynamoDBStreamsException))]
    public async Task An_error_is_thrown_as_the_exception_of_its_code(string code, Type exception)
    {
        await using var service = await FakeService.StartAsync((_, _) => Answer.Error(400, code));
        using var streams = Client(service, maxErrorRetry: 0);

        var error = await Assert.ThrowsAnyAsync<AmazonDynamoDBStreamsException>(() =>
            streams.GetRecordsAsync("i", TestContext.Current.CancellationToken)
        );

        Assert.IsType(exception, error);
        Assert.Equal(code, error.ErrorCode);
        Assert.Equal("no " + code, error.Message);
    }

    [Theory]
    [InlineData(500, "InternalServerError")]
    [InlineData(400, "ThrottlingException")]
    [InlineData(503, "ServiceUnavailable")]
    public async Task A_fault_and_a_throttle_are_retried(int status, string code)
    {
        await using var service = await FakeService.StartAsync(
            (_, number) => number == 1 ? Answer.Error(status, code) : new Answer(200, """{"Records":[]}""")
        );
        using var streams = Client(service);

        var response = await streams.GetRecordsAsync("i", TestContext.Current.CancellationToken);

        Assert.Empty(response.Records);
        Assert.Equal(2, service.Requests.Count);
    }

    [Theory]
    [InlineData("eu-central-1", false, false, "https://streams.dynamodb.eu-central-1.amazonaws.com")]
    [InlineData("us-east-1", false, true, "https://streams-dynamodb.us-east-1.api.aws")]
    [InlineData("us-east-1", true, false, "https://streams.dynamodb-fips.us-east-1.amazonaws.com")]
    [InlineData("us-gov-west-1", true, false, "https://streams.dynamodb.us-gov-west-1.amazonaws.com")]
    public void A_region_has_its_endpoint(string region, bool fips, bool dualStack, string url)
    {
        var config = new AmazonDynamoDBStreamsConfig
        {
            RegionEndpoint = RegionEndpoint.GetBySystemName(region),
            UseFIPSEndpoint = fips,
            UseDualstackEndpoint = dualStack,
        };

        var endpoint = config.DetermineServiceOperationEndpoint(new ServiceOperationEndpointParameters(new GetRecordsRequest()));

        Assert.Equal(url, endpoint.URL.TrimEnd('/'));
    }

    private static AmazonDynamoDBStreamsClient Client(FakeService service, int maxErrorRetry = 2) =>
        new(
            Credentials,
            new AmazonDynamoDBStreamsConfig
            {
                ServiceURL = service.Url,
                AuthenticationRegion = "eu-west-1",
                MaxErrorRetry = maxErrorRetry,
            }
        );
}
