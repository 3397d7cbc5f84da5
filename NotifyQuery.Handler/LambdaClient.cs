using Amazon.Lambda;

namespace NotifyQuery.Handler;

/// <summary>The client with which the QueryResult function is invoked.</summary>
internal static class LambdaClient
{
    /// <summary>
    /// Adds <see cref="IAmazonLambda"/>. Locally functions answer at the emulator (<c>AWS_ENDPOINT_URL_LAMBDA</c>), not where DynamoDB
    /// does.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="timeout">How long one invocation may take.</param>
    public static IServiceCollection AddLambda(this IServiceCollection services, TimeSpan timeout) =>
        services.AddSingleton<IAmazonLambda>(_ => new AmazonLambdaClient(
            new AmazonLambdaConfig
            {
                Timeout = timeout,
                MaxErrorRetry = 0, // whether an invocation is repeated is for LambdaNotificationReader to say
            }
        ));
}
