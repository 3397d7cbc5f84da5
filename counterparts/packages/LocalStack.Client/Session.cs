using System.Diagnostics.CodeAnalysis;
using Amazon;
using Amazon.Runtime;
using LocalStack.Client.Contracts;
using LocalStack.Client.Exceptions;
using LocalStack.Client.Utils;

namespace LocalStack.Client;

/// <summary>Creates AWS clients that use LocalStack.</summary>
public class Session(ISessionOptions sessionOptions, IConfig config, ISessionReflection sessionReflection) : ISession
{
    [RequiresDynamicCode(SessionReflection.NotForAot)]
    [RequiresUnreferencedCode(SessionReflection.NotForAot)]
    public TClient CreateClientByImplementation<TClient>(bool useServiceUrl = false)
        where TClient : AmazonServiceClient => (TClient)CreateClientByImplementation(typeof(TClient), useServiceUrl);

    [RequiresDynamicCode(SessionReflection.NotForAot)]
    [RequiresUnreferencedCode(SessionReflection.NotForAot)]
    public AmazonServiceClient CreateClientByImplementation(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.NonPublicFields)]
            Type implType,
        bool useServiceUrl = false
    )
    {
        if (!useServiceUrl && string.IsNullOrWhiteSpace(sessionOptions.RegionName))
            throw new MisconfiguredClientException("LocalStack:Session:RegionName must be set, or useServiceUrl must be true.");

        var serviceId = sessionReflection.ExtractServiceMetadata(implType).ServiceId;
        var endpoint =
            config.GetAwsServiceEndpoint(serviceId)
            ?? throw new NotSupportedClientException($"{serviceId} is not a service that a LocalStack session supports.");

        var clientConfig = sessionReflection.CreateClientConfig(implType);
        clientConfig.UseHttp = !config.GetConfigOptions().UseSsl;
        sessionReflection.SetForcePathStyle(clientConfig);
        // With only a region, requests go to AWS's host names with LocalStack as the proxy. With a service URL, the proxy stays set and the
        // session's region is not applied. Both are as in the real package.
        clientConfig.ProxyHost = endpoint.Host;
        clientConfig.ProxyPort = endpoint.Port;
        if (useServiceUrl)
            clientConfig.ServiceURL = endpoint.ServiceUrl.AbsoluteUri;
        else
            clientConfig.RegionEndpoint = RegionEndpoint.GetBySystemName(sessionOptions.RegionName);

        var credentials = new SessionAWSCredentials(
            sessionOptions.AwsAccessKeyId,
            sessionOptions.AwsAccessKey,
            sessionOptions.AwsSessionToken
        );
        return (AmazonServiceClient)Activator.CreateInstance(implType, credentials, clientConfig)!;
    }

    [RequiresDynamicCode(SessionReflection.NotForAot)]
    [RequiresUnreferencedCode(SessionReflection.NotForAot)]
    public AmazonServiceClient CreateClientByInterface<TClient>(bool useServiceUrl = false)
        where TClient : IAmazonService => CreateClientByInterface(typeof(TClient), useServiceUrl);

    [RequiresDynamicCode(SessionReflection.NotForAot)]
    [RequiresUnreferencedCode(SessionReflection.NotForAot)]
    public AmazonServiceClient CreateClientByInterface(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.NonPublicFields)]
            Type serviceInterfaceType,
        bool useServiceUrl = false
    )
    {
        ArgumentNullException.ThrowIfNull(serviceInterfaceType);
        var name = $"{serviceInterfaceType.Namespace}.{serviceInterfaceType.Name[1..]}Client";
        var clientType =
            serviceInterfaceType.Assembly.GetType(name)
            ?? throw new AmazonClientException(
                $"{serviceInterfaceType} has no client: {name} is not in {serviceInterfaceType.Assembly.GetName().Name}."
            );
        return CreateClientByImplementation(clientType, useServiceUrl);
    }
}
