using System.Diagnostics.CodeAnalysis;
using Amazon.DynamoDBStreams.Model;
using Amazon.Runtime;

namespace Amazon.DynamoDBStreams;

public interface IAmazonDynamoDBStreams : IAmazonService, IDisposable
{
    // A configuration from IConfiguration binds the properties by name.
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(AmazonDynamoDBStreamsConfig))]
    static ClientConfig IAmazonService.CreateDefaultClientConfig() => new AmazonDynamoDBStreamsConfig();

    static IAmazonService IAmazonService.CreateDefaultServiceClient(AWSCredentials awsCredentials, ClientConfig clientConfig)
    {
        if (clientConfig is not AmazonDynamoDBStreamsConfig config)
            throw new AmazonClientException(
                $"AmazonDynamoDBStreamsClient takes an AmazonDynamoDBStreamsConfig, not a {clientConfig?.GetType().Name ?? "null"}."
            );
        return awsCredentials is null ? new AmazonDynamoDBStreamsClient(config) : new AmazonDynamoDBStreamsClient(awsCredentials, config);
    }

    Task<DescribeStreamResponse> DescribeStreamAsync(string streamArn, CancellationToken cancellationToken = default);

    Task<DescribeStreamResponse> DescribeStreamAsync(DescribeStreamRequest request, CancellationToken cancellationToken = default);

    Task<GetRecordsResponse> GetRecordsAsync(string shardIterator, CancellationToken cancellationToken = default);

    Task<GetRecordsResponse> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default);

    Task<GetShardIteratorResponse> GetShardIteratorAsync(GetShardIteratorRequest request, CancellationToken cancellationToken = default);

    Task<ListStreamsResponse> ListStreamsAsync(CancellationToken cancellationToken = default);

    Task<ListStreamsResponse> ListStreamsAsync(ListStreamsRequest request, CancellationToken cancellationToken = default);
}
