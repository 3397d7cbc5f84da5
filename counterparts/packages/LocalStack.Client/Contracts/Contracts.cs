using Amazon.Runtime;
using Amazon.Runtime.Internal;
using LocalStack.Client.Enums;
using LocalStack.Client.Models;
using LocalStack.Client.Options;

namespace LocalStack.Client.Contracts;

public interface ILocalStackOptions
{
    bool UseLocalStack { get; }

    SessionOptions Session { get; }

    ConfigOptions Config { get; }
}

public interface ISessionOptions
{
    string AwsAccessKeyId { get; }

    string AwsAccessKey { get; }

    string AwsSessionToken { get; }

    string RegionName { get; }
}

public interface IConfigOptions
{
    string LocalStackHost { get; }

    bool UseSsl { get; }

    bool UseLegacyPorts { get; }

    int EdgePort { get; }
}

public interface IConfig
{
    IEnumerable<AwsServiceEndpoint> GetAwsServiceEndpoints();

    AwsServiceEndpoint? GetAwsServiceEndpoint(AwsService awsService);

    AwsServiceEndpoint? GetAwsServiceEndpoint(string serviceId);

    IDictionary<AwsService, int> GetAwsServicePorts();

    int GetAwsServicePort(AwsService awsService);

    IConfigOptions GetConfigOptions();
}

public interface ISession
{
    TClient CreateClientByImplementation<TClient>(bool useServiceUrl = false)
        where TClient : AmazonServiceClient;

    AmazonServiceClient CreateClientByImplementation(Type implType, bool useServiceUrl = false);

    AmazonServiceClient CreateClientByInterface<TClient>(bool useServiceUrl = false)
        where TClient : IAmazonService;

    AmazonServiceClient CreateClientByInterface(Type serviceInterfaceType, bool useServiceUrl = false);
}

public interface ISessionStandalone
{
    ISessionStandalone WithSessionOptions(ISessionOptions sessionOptions);

    ISessionStandalone WithConfigurationOptions(IConfigOptions configOptions);

    ISession Create();
}

public interface ISessionReflection
{
    IServiceMetadata ExtractServiceMetadata(Type clientType);

    ClientConfig CreateClientConfig(Type clientType);

    bool SetForcePathStyle(ClientConfig clientConfig, bool value = true);
}
