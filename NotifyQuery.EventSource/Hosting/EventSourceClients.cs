using Amazon.DynamoDBStreams;
using Amazon.Lambda;
using LocalStack.Client.Enums;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Http;

namespace NotifyQuery.EventSource.Hosting;

/// <summary>The clients of the event source: the streams and the function.</summary>
internal static class EventSourceClients
{
    /// <summary>Adds <see cref="IAmazonDynamoDBStreams"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The configuration with the endpoint.</param>
    public static IServiceCollection AddDynamoDBStreams(this IServiceCollection services, IConfiguration configuration) =>
        services.AddAwsClient<IAmazonDynamoDBStreams, AmazonDynamoDBStreamsConfig>(
            configuration,
            AwsService.DynamoDbStreams,
            () => new AmazonDynamoDBStreamsConfig().ReadingAnyText(),
            (credentials, config) =>
                credentials is null ? new AmazonDynamoDBStreamsClient(config) : new AmazonDynamoDBStreamsClient(credentials, config)
        );

    /// <summary>
    /// Adds <see cref="IAmazonLambda"/> without a timeout, because the event source has its own. Locally, functions run in the Lambda
    /// emulator (<c>AWS_ENDPOINT_URL_LAMBDA</c>), which has a different endpoint from DynamoDB.
    /// </summary>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddLambda(this IServiceCollection services) =>
        services.AddSingleton<IAmazonLambda>(_ => new AmazonLambdaClient(
            new AmazonLambdaConfig
            {
                Timeout = Timeout.InfiniteTimeSpan,
                MaxErrorRetry = 0, // the retry rules decide whether to retry an invocation
            }
        ));
}
