using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Lambda.APIGatewayEvents;
using Amazon.Lambda.Core;
using Amazon.Lambda.DynamoDBEvents;
using Amazon.Lambda.Serialization.SystemTextJson;

namespace Counterparts.Tests.Lambda;

public sealed class SerializerTests
{
    private const string FromAws = """
        {"Records":[{"eventID":"c4ca4238a0b923820dcc509a6f75849b","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1",
        "dynamodb":{"ApproximateCreationDateTime":1700000000,"Keys":{"id":{"S":"k"}},
        "NewImage":{"s":{"S":"x"},"n":{"N":"1.50"},"b":{"B":"AQID"},"bs":{"BS":["AQ==","Ag=="]},"t":{"BOOL":true},"z":{"NULL":true},"l":{"L":[{"N":"1"},{"L":[]}]},"m":{"M":{"in":{"SS":["a","b"]}}},"ns":{"NS":["1","2"]}},
        "OldImage":{"s":{"S":"w"}},"SequenceNumber":"4421584500000000017450439091","SizeBytes":26,"StreamViewType":"NEW_AND_OLD_IMAGES"},
        "eventSourceARN":"arn:aws:dynamodb:us-east-1:1:table/t/stream/x","userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}}]}
        """;

    private const string FromTool = """
        {"records":[{"eventID":"c4ca4238a0b923820dcc509a6f75849b","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1",
        "dynamodb":{"approximateCreationDateTime":"2023-11-14T22:13:20Z","keys":{"id":{"b":null,"bool":null,"s":"k"}},
        "newImage":{"s":{"s":"x","n":null},"n":{"n":"1.50"},"b":{"b":"AQID"},"bs":{"bs":["AQ==","Ag=="]},"t":{"bool":true},"z":{"null":true},"l":{"l":[{"n":"1"},{"l":[]}]},"m":{"m":{"in":{"ss":["a","b"]}}},"ns":{"ns":["1","2"]}},
        "oldImage":{"s":{"s":"w"}},"sequenceNumber":"4421584500000000017450439091","sizeBytes":26,"streamViewType":"NEW_AND_OLD_IMAGES"},
        "eventSourceArn":"arn:aws:dynamodb:us-east-1:1:table/t/stream/x","userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}}]}
        """;

    public static TheoryData<string, bool> EventsAndSerializers =>
        new()
        {
            { FromAws, true },
            { FromAws, false },
            { FromTool, true },
            { FromTool, false },
        };

    [Theory]
    [MemberData(nameof(EventsAndSerializers))]
    public void Stream_records_are_read_in_the_shape_of_AWS_and_of_the_test_tool(string json, bool generated)
    {
        var record = Read<DynamoDBEvent>(json, generated).Records.Single();

        Assert.Equal(
            ("MODIFY", "aws:dynamodb", "1.1", "us-east-1"),
            (record.EventName, record.EventSource, record.EventVersion, record.AwsRegion)
        );
        Assert.Equal("arn:aws:dynamodb:us-east-1:1:table/t/stream/x", record.EventSourceArn);
        Assert.Equal(("Service", "dynamodb.amazonaws.com"), (record.UserIdentity.Type, record.UserIdentity.PrincipalId));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1700000000).UtcDateTime, record.Dynamodb.ApproximateCreationDateTime);
        Assert.Equal(DateTimeKind.Utc, record.Dynamodb.ApproximateCreationDateTime.Kind);
        Assert.Equal(("4421584500000000017450439091", 26L), (record.Dynamodb.SequenceNumber, record.Dynamodb.SizeBytes));
        Assert.Equal("k", record.Dynamodb.Keys["id"].S);
        Assert.Equal("w", record.Dynamodb.OldImage["s"].S);
        var image = record.Dynamodb.NewImage;
        Assert.Equal(("x", null, "1.50"), (image["s"].S, image["s"].N, image["n"].N));
        Assert.Equal(new byte[] { 1, 2, 3 }, image["b"].B.ToArray());
        Assert.Equal([1, 2], image["bs"].BS.Select(b => (int)b.ToArray()[0]));
        Assert.True(image["t"].BOOL);
        Assert.True(image["z"].NULL);
        Assert.Equal("1", image["l"].L[0].N);
        Assert.Empty(image["l"].L[1].L);
        Assert.Equal(["a", "b"], image["m"].M["in"].SS);
        Assert.Equal(["1", "2"], image["ns"].NS);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_written_is_read_back_the_same(bool generated)
    {
        var first = Read<DynamoDBEvent>(FromAws, generated);
        var written = Write(first, generated);

        Assert.Contains("\"ApproximateCreationDateTime\":\"2023-11-14T22:13:20Z\"", written, StringComparison.Ordinal);
        Assert.Contains("\"B\":\"AQID\"", written, StringComparison.Ordinal);
        Assert.DoesNotContain("null", written, StringComparison.Ordinal);
        Assert.Equal(written, Write(Read<DynamoDBEvent>(written, generated), generated));
    }

    [Theory]
    [InlineData("1700000000", "2023-11-14T22:13:20.0000000Z")]
    [InlineData("1700000000000", "2023-11-14T22:13:20.0000000Z")]
    [InlineData("1700000000.25", "2023-11-14T22:13:20.2500000Z")]
    [InlineData("\"2023-11-14T22:13:20Z\"", "2023-11-14T22:13:20.0000000Z")]
    public void A_date_is_read_from_seconds_milliseconds_or_ISO(string json, string expected)
    {
        Assert.Equal(expected, Read<DateTime>(json, generated: true).ToString("O"));
    }

    [Theory]
    [InlineData("""{"batchItemFailures":[{"itemIdentifier":"7"}]}""", "7")]
    [InlineData("""{"batchItemFailures":[]}""")]
    [InlineData("{}")]
    public void A_batch_response_is_written_as_AWS_reads_it(string expected, params string[] failed)
    {
        var response = new StreamsEventResponse
        {
            BatchItemFailures =
                expected == "{}" ? null : [.. failed.Select(id => new StreamsEventResponse.BatchItemFailure { ItemIdentifier = id })],
        };

        Assert.Equal(expected, Write(response, generated: true));
        Assert.Equal(expected, Write(response, generated: false));
    }

    [Fact]
    public void An_HTTP_response_is_written_with_the_names_of_the_gateway()
    {
        var response = new APIGatewayHttpApiV2ProxyResponse { StatusCode = 200, Body = "é<\"" };
        response.SetHeaderValues("Vary", ["a", "b"], append: true);
        response.SetHeaderValues("Vary", "c", append: true);

        Assert.Equal(
            """{"statusCode":200,"headers":{"Vary":"a,b,c"},"body":"é<\"","isBase64Encoded":false}""",
            Write(response, generated: true)
        );
    }

    [Fact]
    public void An_HTTP_event_is_read_with_its_claims()
    {
        var request = Read<APIGatewayHttpApiV2ProxyRequest>(
            """{"version":"2.0","rawPath":"/a","requestContext":{"authorizer":{"jwt":{"claims":{"sub":"u"},"scopes":["s"]}},"http":"""
                + """{"sourceIp":"1.2.3.4"},"timeEpoch":1583348638390}}""",
            generated: true
        );

        Assert.Equal("/a", request.RawPath);
        Assert.Equal("u", request.RequestContext.Authorizer.Jwt.Claims["sub"]);
        Assert.Equal(("1.2.3.4", 1583348638390), (request.RequestContext.Http.SourceIp, request.RequestContext.TimeEpoch));
        Assert.Null(request.Headers);
    }

    [Fact]
    public void Own_names_stay_as_they_are_and_options_of_the_context_have_no_effect()
    {
        Assert.Equal("""{"SomeName":"x"}""", Write(new Own("x", null), generated: true));
        Assert.Equal(new Own("x", null), Read<Own>("""{"somename":"x"}""", generated: true));
    }

    [Fact]
    public void A_customizer_changes_the_options()
    {
        var serializer = new SourceGeneratorLambdaJsonSerializer<TestJson>(
            (JsonSerializerOptions options) => options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower
        );
        using var stream = new MemoryStream();

        serializer.Serialize(new Own("x", null), stream);

        Assert.Equal("""{"some_name":"x"}""", Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public void What_cannot_be_read_or_written_says_which_type_it_was()
    {
        Assert.Contains(
            "Error converting the Lambda event JSON payload to type Counterparts.Tests.Lambda.Own",
            Assert.Throws<JsonSerializerException>(() => Read<Own>("", generated: true)).Message,
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "No JsonTypeInfo registered in Counterparts.Tests.Lambda.TestJson for type System.Guid",
            Assert.Throws<JsonSerializerException>(() => Read<Guid>("1", generated: true)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_event_is_read_from_any_stream()
    {
        using var file = new BufferedStream(new MemoryStream("""{"SomeName":"x"}"""u8.ToArray()));

        Assert.Equal("x", Serializer(generated: true).Deserialize<Own>(file).SomeName);
    }

#pragma warning disable IL2026, IL3050 // reflection is what the default serializer is about
    private static ILambdaSerializer Serializer(bool generated) =>
        generated ? new SourceGeneratorLambdaJsonSerializer<TestJson>() : new DefaultLambdaJsonSerializer();
#pragma warning restore IL2026, IL3050

    private static T Read<T>(string json, bool generated)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        using var stream = new MemoryStream(bytes, 0, bytes.Length, writable: false, publiclyVisible: true);
        return Serializer(generated).Deserialize<T>(stream);
    }

    private static string Write<T>(T value, bool generated)
    {
        using var stream = new MemoryStream();
        Serializer(generated).Serialize(value, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}

internal sealed record Own(string SomeName, string? Nothing);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DynamoDBEvent))]
[JsonSerializable(typeof(StreamsEventResponse))]
[JsonSerializable(typeof(APIGatewayHttpApiV2ProxyRequest))]
[JsonSerializable(typeof(APIGatewayHttpApiV2ProxyResponse))]
[JsonSerializable(typeof(DateTime))]
[JsonSerializable(typeof(Own))]
internal sealed partial class TestJson : JsonSerializerContext;
