using Amazon.DynamoDBv2;
using Amazon.Runtime;

namespace NotifyQuery.Tools;

/// <summary>Where DynamoDB is: as told, or as the AppHost tells what it starts, or where the AppHost puts it by default.</summary>
internal static class Backend
{
    /// <summary>Said instead of an address: the account that the environment's credentials name.</summary>
    public const string Account = "aws";

    private const string Default = "http://127.0.0.1:4566";

    public static AmazonDynamoDBClient CreateClient(string? endpoint)
    {
        if (endpoint is Account) return new AmazonDynamoDBClient();
        var config = new AmazonDynamoDBConfig
        {
            ServiceURL = endpoint ?? FromAppHost() ?? Default,
            AuthenticationRegion = "us-east-1",
            Timeout = TimeSpan.FromSeconds(10),
            MaxErrorRetry = 5,
        };
        // Local engines take any key; one that keeps tables apart by key is told which by the environment.
        var key = Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID") is { Length: > 0 } given ? given : "test";
        return new AmazonDynamoDBClient(new BasicAWSCredentials(key, "test"), config);
    }

    public static bool IsAddress(string endpoint) => Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https";

    private static string? FromAppHost() =>
        Environment.GetEnvironmentVariable("LocalStack__Config__LocalStackHost") is { Length: > 0 } host
        && Environment.GetEnvironmentVariable("LocalStack__Config__EdgePort") is { Length: > 0 } port
            ? $"http://{host}:{port}"
            : null;
}
