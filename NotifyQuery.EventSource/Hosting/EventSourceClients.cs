using Amazon.DynamoDBStreams;
using Amazon.Lambda;
using LocalStack.Client.Enums;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Http;

namespace NotifyQuery.EventSource.Hosting;

/// <summary>The clients of what the event source stands between: the tables' streams and the function.</summary>
internal static class EventSourceClients
{
    /// <summary>Adds <see cref="IAmazonDynamoDBStreams"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">Where the streams are.</param>
    public static IServiceCollection AddDynamoDBStreams(this IServiceCollection services, IConfiguration configuration) =>
        services.AddAwsClient<IAmazonDynamoDBStreams, AmazonDynamoDBStreamsConfig>(
            configuration,
            AwsService.DynamoDbStreams,
            () => new AmazonDynamoDBStreamsConfig().ReadingAnyText(),
            (credentials, config) =>
                credentials is null ? new AmazonDynamoDBStreamsClient(config) : new AmazonDynamoDBStreamsClient(credentials, config)
        );

    /// <summary>
    /// Adds <see cref="IAmazonLambda"/>, without a timeout: the event source keeps the time itself. Locally functions answer at the
    /// emulator (<c>AWS_ENDPOINT_URL_LAMBDA</c>), not where DynamoDB does.
    /// </summary>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddLambda(this IServiceCollection services) =>
        services.AddSingleton<IAmazonLambda>(_ => new AmazonLambdaClient(
            new AmazonLambdaConfig
            {
                Timeout = Timeout.InfiniteTimeSpan,
                MaxErrorRetry = 0, // whether an invocation is repeated is for the rules of retrying to say
            }
        ));
}
