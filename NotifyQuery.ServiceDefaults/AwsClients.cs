using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Amazon.DynamoDBStreams;
using Amazon.DynamoDBv2;
using Amazon.Lambda;
using Amazon.Runtime;
using LocalStack.Client.Extensions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.ServiceDefaults;

/// <summary>
/// The AWS clients. DynamoDB and its streams are found through LocalStack.Client's configuration (section <c>LocalStack</c>), whichever
/// local engine answers there; with <c>LocalStack:UseLocalStack</c> absent or false it is AWS itself, by the SDK's own defaults
/// (credentials, region, <c>AWS_ENDPOINT_URL_DYNAMODB</c>).
/// </summary>
public static class AwsClients
{
    private const string UseLocalStack = "LocalStack:UseLocalStack";

    /// <summary>Adds <see cref="IAmazonDynamoDB"/> and the tables' names.</summary>
    public static IServiceCollection AddDynamoDB(this IServiceCollection services, IConfiguration configuration) => services
        .AddClient<IAmazonDynamoDB>(configuration, () => new AmazonDynamoDBClient())
        .AddSingleton(TableNames.From(key => configuration[key]));

    /// <summary>Adds <see cref="IAmazonDynamoDBStreams"/>.</summary>
    public static IServiceCollection AddDynamoDBStreams(this IServiceCollection services, IConfiguration configuration) => services
        .AddClient<IAmazonDynamoDBStreams>(configuration, () => new AmazonDynamoDBStreamsClient());

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

    private static IServiceCollection AddClient<TClient>(this IServiceCollection services, IConfiguration configuration, Func<TClient> ofAws)
        where TClient : class, IAmazonService
    {
        if (!configuration.GetValue(UseLocalStack, false)) return services.AddSingleton(_ => ofAws());
        if (!RuntimeFeature.IsDynamicCodeSupported)
            throw new InvalidOperationException($"{UseLocalStack} is true, but this is a native build, made for AWS: leave it out (AWS_ENDPOINT_URL_DYNAMODB names another endpoint)");
        return services.AddClientOfLocalStack<TClient>(configuration);
    }

    [RequiresDynamicCode("LocalStack.Client finds a service's client by reflection.")]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only native builds are trimmed, and they never come here.")]
    private static IServiceCollection AddClientOfLocalStack<TClient>(this IServiceCollection services, IConfiguration configuration)
        where TClient : IAmazonService => services
        .AddLocalStack(configuration)
        .AddAwsService<TClient>(useServiceUrl: true);
}
