using System.Net;
using System.Text;
using Amazon.DynamoDBStreams;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using NotifyQuery.DynamoDB.Http;

namespace NotifyQuery.Tests.Support;

/// <summary>Returns the same JSON for every request of the AWS SDK, without a network, to test how responses are read.</summary>
internal sealed class CannedTransport : HttpMessageHandler
{
    private static readonly BasicAWSCredentials Credentials = new("test", "test");

    /// <summary>The body of every response.</summary>
    public string Json { get; set; } = "{}";

    /// <summary>The body of the last request.</summary>
    public string LastRequest { get; private set; } = "";

    public AmazonDynamoDBStreamsClient Streams() =>
        new(
            Credentials,
            new AmazonDynamoDBStreamsConfig { ServiceURL = "http://127.0.0.1:1", AuthenticationRegion = "us-east-1" }.ReadingAnyText(this)
        );

    public AmazonDynamoDBClient Tables() =>
        new(
            Credentials,
            new AmazonDynamoDBConfig { ServiceURL = "http://127.0.0.1:1", AuthenticationRegion = "us-east-1" }.ReadingAnyText(this)
        );

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        LastRequest = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        return new(HttpStatusCode.OK)
        {
            RequestMessage = request,
            Content = new StringContent(Json, Encoding.UTF8, "application/x-amz-json-1.0"),
        };
    }
}
