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
/// How the client of a service is made that a local engine may stand in for: through LocalStack.Client's configuration (section
/// <c>LocalStack</c>), whichever engine answers there. With <c>LocalStack:UseLocalStack</c> absent or false it is AWS itself, by the SDK's
/// own defaults (credentials, region, <c>AWS_ENDPOINT_URL_DYNAMODB</c>).
/// </summary>
public static class LocalEngine
{
    private const string UseLocalStack = "LocalStack:UseLocalStack";

    /// <summary>Adds a client, made when it is first asked for.</summary>
    /// <typeparam name="TClient">What is asked for.</typeparam>
    /// <typeparam name="TConfig">The client's configuration.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="configuration">Where the service is.</param>
    /// <param name="service">The service.</param>
    /// <param name="configure">Makes the client's configuration, for AWS.</param>
    /// <param name="create">Makes the client; without credentials it finds them by itself.</param>
    /// <exception cref="InvalidOperationException">A local engine is asked for in a native build.</exception>
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

    // Who asks this asks for dynamic code in the same breath: only what stands behind that very condition is left out of a native build,
    // and with it all of LocalStack.Client, which cannot be trimmed.
    private static bool IsUsed(IConfiguration configuration)
    {
        if (!configuration.GetValue(UseLocalStack, false))
            return false;
        return RuntimeFeature.IsDynamicCodeSupported
            ? true
            : throw new InvalidOperationException(
                $"{UseLocalStack} is true, but this is a native build, made for AWS: leave it out (AWS_ENDPOINT_URL_DYNAMODB names another "
                    + "endpoint)"
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
