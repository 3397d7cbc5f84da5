using Amazon.Lambda;

namespace NotifyQuery.Handler.QueryResult;

/// <summary>The client that invokes the QueryResult function.</summary>
internal static class LambdaClient
{
    /// <summary>
    /// Adds <see cref="IAmazonLambda"/>. Locally, functions run in the Lambda emulator (<c>AWS_ENDPOINT_URL_LAMBDA</c>), which has a
    /// different endpoint from DynamoDB.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="timeout">The timeout of the HTTP client: the time limit of a read. Each attempt has a shorter one of its own.</param>
    public static IServiceCollection AddLambda(this IServiceCollection services, TimeSpan timeout) =>
        services.AddSingleton<IAmazonLambda>(_ => new AmazonLambdaClient(
            new AmazonLambdaConfig
            {
                Timeout = timeout,
                MaxErrorRetry = 0, // LambdaNotificationReader decides whether to retry an invocation
            }
        ));
}
