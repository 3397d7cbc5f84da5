using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using LocalStack.Client.Contracts;
using LocalStack.Client.Enums;
using LocalStack.Client.Extensions;
using LocalStack.Client.Options;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// Creates clients for services that a local engine can replace. With <c>LocalStack:UseLocalStack</c> set, LocalStack.Client's
/// configuration (section <c>LocalStack</c>) is used, for any local engine. Otherwise the client connects to AWS with the SDK's defaults
/// (credentials, region, <c>AWS_ENDPOINT_URL_DYNAMODB</c>).
/// </summary>
public static class LocalEngine
{
    private const string UseLocalStack = "LocalStack:UseLocalStack";

    /// <summary>Adds a client that is created on first use.</summary>
    /// <typeparam name="TClient">The service type of the client.</typeparam>
    /// <typeparam name="TConfig">The client's configuration.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The configuration with the endpoint.</param>
    /// <param name="service">The service.</param>
    /// <param name="configure">Creates the client's configuration for AWS.</param>
    /// <param name="create">Creates the client; without credentials it uses the SDK's default credentials.</param>
    /// <exception cref="InvalidOperationException">A native build is configured to use a local engine.</exception>
    public static IServiceCollection AddAwsClient<TClient, TConfig>(
        this IServiceCollection services,
        IConfiguration configuration,
        AwsService service,
        Func<TConfig> configure,
        Func<AWSCredentials?, TConfig, TClient> create
    )
        where TClient : class
        where TConfig : ClientConfig =>
        IsUsed(configuration) && RuntimeFeature.IsDynamicCodeSupported
            ? services
                .AddLocalStackOptions(configuration)
                .AddSingleton(provider => create(CredentialsOf(provider), At(provider, service, configure())))
            : services.AddSingleton(_ => create(null, configure()));

    // This check and the check for dynamic code belong together: a native build trims only code behind that exact condition. All of
    // LocalStack.Client must be trimmed, because it does not support trimming.
    private static bool IsUsed(IConfiguration configuration)
    {
        if (!configuration.GetValue(UseLocalStack, false))
            return false;
        return RuntimeFeature.IsDynamicCodeSupported
            ? true
            : throw new InvalidOperationException(
                $"{UseLocalStack} is true, but a native build supports only AWS: remove the setting (AWS_ENDPOINT_URL_DYNAMODB sets "
                    + "another endpoint)"
            );
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only native builds are trimmed, and they never come here.")]
    private static IServiceCollection AddLocalStackOptions(this IServiceCollection services, IConfiguration configuration) =>
        services.AddLocalStack(configuration);

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
