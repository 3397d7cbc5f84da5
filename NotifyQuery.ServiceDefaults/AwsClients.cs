using Amazon.DynamoDBStreams;
using Amazon.DynamoDBv2;
using Amazon.Lambda;
using LocalStack.Client.Extensions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.ServiceDefaults;

/// <summary>
/// The AWS clients. DynamoDB and its streams are found through LocalStack.Client's configuration (section <c>LocalStack</c>), whichever
/// local engine answers there; with <c>LocalStack:UseLocalStack</c> absent or false it is AWS itself.
/// </summary>
public static class AwsClients
{
    /// <summary>Adds <see cref="IAmazonDynamoDB"/> and the tables' names.</summary>
    public static IServiceCollection AddDynamoDB(this IServiceCollection services, IConfiguration configuration) => services
        .AddLocalStack(configuration)
        .AddAwsService<IAmazonDynamoDB>(useServiceUrl: true)
        .AddSingleton(TableNames.From(key => configuration[key]));

    /// <summary>Adds <see cref="IAmazonDynamoDBStreams"/>; needs <see cref="AddDynamoDB"/>.</summary>
    public static IServiceCollection AddDynamoDBStreams(this IServiceCollection services) => services
        .AddAwsService<IAmazonDynamoDBStreams>(useServiceUrl: true);

    /// <summary>
    /// Adds <see cref="IAmazonLambda"/>. Locally functions answer at the emulator (<c>AWS_ENDPOINT_URL_LAMBDA</c>), not where DynamoDB does.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="timeout">How long one invocation may take.</param>
    public static IServiceCollection AddLambda(this IServiceCollection services, TimeSpan timeout) => services
        .AddSingleton<IAmazonLambda>(_ => new AmazonLambdaClient(new AmazonLambdaConfig
        {
            Timeout = timeout,
            MaxErrorRetry = 0, // whether an invocation may be repeated is for the caller to say
        }));
}
