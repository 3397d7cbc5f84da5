using System.Diagnostics.CodeAnalysis;
using Amazon.Lambda.Model;
using Amazon.Runtime;

namespace Amazon.Lambda;

public interface IAmazonLambda : IAmazonService, IDisposable
{
    // A configuration from IConfiguration binds the properties by name.
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(AmazonLambdaConfig))]
    static ClientConfig IAmazonService.CreateDefaultClientConfig() => new AmazonLambdaConfig();

    static IAmazonService IAmazonService.CreateDefaultServiceClient(AWSCredentials awsCredentials, ClientConfig clientConfig)
    {
        if (clientConfig is not AmazonLambdaConfig config)
            throw new AmazonClientException(
                $"AmazonLambdaClient takes an AmazonLambdaConfig, not a {clientConfig?.GetType().Name ?? "null"}."
            );
        return awsCredentials is null ? new AmazonLambdaClient(config) : new AmazonLambdaClient(awsCredentials, config);
    }

    Task<InvokeResponse> InvokeAsync(InvokeRequest request, CancellationToken cancellationToken = default);

    Task<ListEventSourceMappingsResponse> ListEventSourceMappingsAsync(
        ListEventSourceMappingsRequest request,
        CancellationToken cancellationToken = default
    );

    Task<UpdateEventSourceMappingResponse> UpdateEventSourceMappingAsync(
        UpdateEventSourceMappingRequest request,
        CancellationToken cancellationToken = default
    );
}
