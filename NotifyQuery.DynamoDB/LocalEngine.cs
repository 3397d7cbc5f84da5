using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Amazon.DynamoDBStreams;
using Amazon.DynamoDBv2;
using Amazon.Lambda;
using Amazon.Runtime;
using LocalStack.Client.Contracts;
using LocalStack.Client.Enums;
using LocalStack.Client.Extensions;
using LocalStack.Client.Options;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Http;

namespace NotifyQuery.ServiceDefaults;

/// <summary>
/// The AWS clients. DynamoDB and its streams are found through LocalStack.Client's configuration (section <c>LocalStack</c>), whichever
/// local engine answers there; with <c>LocalStack:UseLocalStack</c> absent or false it is AWS itself, by the SDK's own defaults
/// (credentials, region, <c>AWS_ENDPOINT_URL_DYNAMODB</c>).
/// </summary>
public static class AwsClients
{
    private const string UseLocalStack = "LocalStack:UseLocalStack";

    /// <summary>Adds <see cref="IAmazonDynamoDB"/> the tables' names, and how long dead letters are kept.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">Where DynamoDB is.</param>
    /// <param name="retries">
    /// How often the SDK tries a refused or failed request again; null for its own ten times, with pauses that add up to more than a
    /// minute: too long where somebody waits. Neither LocalStack.Client nor <c>AWS_MAX_ATTEMPTS</c> has a say in it.
    /// </param>
    public static IServiceCollection AddDynamoDB(this IServiceCollection services, IConfiguration configuration, int? retries = null)
    {
        services.AddSingleton(TableNames.From(key => configuration[key])).AddSingleton(DeadLetterRetention.From(key => configuration[key]));
        return UsesLocalStack(configuration) && RuntimeFeature.IsDynamicCodeSupported
            ? services.AddLocalStackOptions(configuration).AddSingleton<IAmazonDynamoDB>(provider => new AmazonDynamoDBClient(
                CredentialsOf(provider), With(retries, At(provider, AwsService.DynamoDb, new AmazonDynamoDBConfig()))))
            : services.AddSingleton<IAmazonDynamoDB>(_ => new AmazonDynamoDBClient(With(retries, new())));
    }

    /// <summary>Adds <see cref="IAmazonDynamoDBStreams"/>.</summary>
    public static IServiceCollection AddDynamoDBStreams(this IServiceCollection services, IConfiguration configuration) =>
        UsesLocalStack(configuration) && RuntimeFeature.IsDynamicCodeSupported
            ? services.AddLocalStackOptions(configuration).AddSingleton<IAmazonDynamoDBStreams>(provider => new AmazonDynamoDBStreamsClient(
                CredentialsOf(provider), At(provider, AwsService.DynamoDbStreams, new AmazonDynamoDBStreamsConfig().ReadingAnyText())))
            : services.AddSingleton<IAmazonDynamoDBStreams>(_ => new AmazonDynamoDBStreamsClient(new AmazonDynamoDBStreamsConfig().ReadingAnyText()));

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

    private static AmazonDynamoDBConfig With(int? retries, AmazonDynamoDBConfig config)
    {
        if (retries is { } number) config.MaxErrorRetry = number;
        return config.ReadingAnyText();
    }

    // Who asks this asks for dynamic code in the same breath: only what stands behind that very condition is left out of a native build,
    // and with it all of LocalStack.Client, which cannot be trimmed.
    private static bool UsesLocalStack(IConfiguration configuration)
    {
        if (!configuration.GetValue(UseLocalStack, false)) return false;
        return RuntimeFeature.IsDynamicCodeSupported ? true : throw new InvalidOperationException($"{UseLocalStack} is true, but this is a native build, made for AWS: leave it out (AWS_ENDPOINT_URL_DYNAMODB names another endpoint)");
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only native builds are trimmed, and they never come here.")]
    private static IServiceCollection AddLocalStackOptions(this IServiceCollection services, IConfiguration configuration) => services.AddLocalStack(configuration);

    private static SessionAWSCredentials CredentialsOf(IServiceProvider provider)
    {
        var session = provider.GetRequiredService<IOptions<SessionOptions>>().Value;
        return new(session.AwsAccessKeyId, session.AwsAccessKey, session.AwsSessionToken);
    }

    private static TConfig At<TConfig>(IServiceProvider provider, AwsService service, TConfig config)
        where TConfig : ClientConfig
    {
        config.ServiceURL = provider.GetRequiredService<IConfig>().GetAwsServiceEndpoint(service)!.ServiceUrl.ToString();
        config.AuthenticationRegion = provider.GetRequiredService<IOptions<SessionOptions>>().Value.RegionName;
        return config;
    }
}
