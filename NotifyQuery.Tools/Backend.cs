using Amazon.DynamoDBv2;
using Amazon.Runtime;

namespace NotifyQuery.Tools;

/// <summary>Where DynamoDB is: as told, or as the AppHost tells what it starts, or where the AppHost puts it by default.</summary>
internal static class Backend
{
    private const string Default = "http://127.0.0.1:4566";

    public static AmazonDynamoDBClient CreateClient(string? endpoint)
    {
        if (endpoint is "aws") return new AmazonDynamoDBClient();
        var config = new AmazonDynamoDBConfig
        {
            ServiceURL = endpoint ?? FromAppHost() ?? Default,
            AuthenticationRegion = "us-east-1",
            Timeout = TimeSpan.FromSeconds(10),
            MaxErrorRetry = 5,
        };
        return new AmazonDynamoDBClient(new BasicAWSCredentials("test", "test"), config); // local engines take any key
    }

    private static string? FromAppHost() =>
        Environment.GetEnvironmentVariable("LocalStack__Config__LocalStackHost") is { Length: > 0 } host
        && Environment.GetEnvironmentVariable("LocalStack__Config__EdgePort") is { Length: > 0 } port
            ? $"http://{host}:{port}"
            : null;
}
