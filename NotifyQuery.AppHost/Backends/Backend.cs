using Amazon.DynamoDBStreams;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Aspire.Hosting.AWS.Lambda;
using NotifyQuery.DynamoDB.Http;

namespace NotifyQuery.AppHost.Backends;

/// <summary>Where DynamoDB is: a local engine or an AWS account.</summary>
/// <param name="Resource">The engine; null for an AWS account.</param>
/// <param name="Endpoint">The address of the engine; null for an AWS account.</param>
internal sealed record Backend(IResourceBuilder<IResourceWithWaitSupport>? Resource, EndpointReference? Endpoint);

internal static class BackendExtensions
{
    private const string Region = "us-east-1"; // one region everywhere: the engines have separate tables per region

    /// <summary>Adds the engine that the settings select.</summary>
    public static Backend AddBackend(this IDistributedApplicationBuilder builder, string name, Settings settings) =>
        settings.Backend switch
        {
            BackendKind.LocalStack => builder.AddLocalStackContainer(name, settings),
            BackendKind.DynamoDBLocal => builder.AddDynamoDBLocal(name, settings),
            _ => new(null, null),
        };

    /// <summary>
    /// Configures a process for DynamoDB. Both local engines get the same configuration. For an AWS account nothing is set, and the process
    /// uses the credentials and region of its environment.
    /// </summary>
    public static IResourceBuilder<T> WithBackend<T>(this IResourceBuilder<T> builder, Backend backend)
        where T : IResourceWithEnvironment
    {
        if (backend.Endpoint is not { } endpoint)
            return builder;
        return builder
            .WithEnvironment("LocalStack__UseLocalStack", "true")
            .WithEnvironment("LocalStack__Config__LocalStackHost", endpoint.Property(EndpointProperty.Host))
            .WithEnvironment("LocalStack__Config__EdgePort", endpoint.Property(EndpointProperty.Port))
            .WithEnvironment("LocalStack__Session__RegionName", Region)
            .WithLocalCredentials();
    }

    /// <summary>Configures a process for the Lambda emulator.</summary>
    public static IResourceBuilder<T> WithLambda<T>(this IResourceBuilder<T> builder, IResourceBuilder<LambdaEmulatorResource> emulator)
        where T : IResourceWithEnvironment =>
        builder.WithEnvironment("AWS_ENDPOINT_URL_LAMBDA", emulator.GetEndpoint("http")).WithLocalCredentials();

    /// <summary>The AppHost's own client.</summary>
    public static async Task<AmazonDynamoDBClient> CreateClientAsync(this Backend backend, CancellationToken cancellationToken)
    {
        if (backend.Endpoint is not { } endpoint)
            return new AmazonDynamoDBClient(new AmazonDynamoDBConfig().ReadingAnyText());
        return new AmazonDynamoDBClient(
            new BasicAWSCredentials("test", "test"),
            new AmazonDynamoDBConfig
            {
                ServiceURL = await endpoint.GetValueAsync(cancellationToken),
                AuthenticationRegion = Region,
            }.ReadingAnyText()
        );
    }

    /// <summary>The AppHost's own client for the tables' streams.</summary>
    public static async Task<AmazonDynamoDBStreamsClient> CreateStreamsClientAsync(
        this Backend backend,
        CancellationToken cancellationToken
    )
    {
        if (backend.Endpoint is not { } endpoint)
            return new(new AmazonDynamoDBStreamsConfig().ReadingAnyText());
        return new(
            new BasicAWSCredentials("test", "test"),
            new AmazonDynamoDBStreamsConfig
            {
                ServiceURL = await endpoint.GetValueAsync(cancellationToken),
                AuthenticationRegion = Region,
            }.ReadingAnyText()
        );
    }

    // The emulators accept any key, but the SDK cannot sign without one. The developer's own profile must not be used.
    private static IResourceBuilder<T> WithLocalCredentials<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEnvironment =>
        builder
            .WithEnvironment("AWS_REGION", Region)
            .WithEnvironment("AWS_ACCESS_KEY_ID", "test")
            .WithEnvironment("AWS_SECRET_ACCESS_KEY", "test");
}
