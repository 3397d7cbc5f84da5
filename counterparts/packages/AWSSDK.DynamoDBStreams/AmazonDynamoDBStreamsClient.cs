using Amazon.DynamoDBStreams.Internal;
using Amazon.DynamoDBStreams.Model;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Counterparts.AwsSdk;

namespace Amazon.DynamoDBStreams;

public class AmazonDynamoDBStreamsClient : AmazonServiceClient, IAmazonDynamoDBStreams
{
    // LocalStack.Client finds this field by its name, through reflection.
    private static readonly IServiceMetadata serviceMetadata = new AmazonDynamoDBStreamsMetadata();

    public AmazonDynamoDBStreamsClient()
        : base(new AmazonDynamoDBStreamsConfig()) { }

    public AmazonDynamoDBStreamsClient(RegionEndpoint region)
        : base(new AmazonDynamoDBStreamsConfig { RegionEndpoint = region }) { }

    public AmazonDynamoDBStreamsClient(AmazonDynamoDBStreamsConfig config)
        : base(config) { }

    public AmazonDynamoDBStreamsClient(AWSCredentials credentials)
        : this(credentials, new AmazonDynamoDBStreamsConfig()) { }

    public AmazonDynamoDBStreamsClient(AWSCredentials credentials, RegionEndpoint region)
        : this(credentials, new AmazonDynamoDBStreamsConfig { RegionEndpoint = region }) { }

    public AmazonDynamoDBStreamsClient(AWSCredentials credentials, AmazonDynamoDBStreamsConfig clientConfig)
        : base(credentials, clientConfig) { }

    public AmazonDynamoDBStreamsClient(string awsAccessKeyId, string awsSecretAccessKey)
        : this(awsAccessKeyId, awsSecretAccessKey, new AmazonDynamoDBStreamsConfig()) { }

    public AmazonDynamoDBStreamsClient(string awsAccessKeyId, string awsSecretAccessKey, RegionEndpoint region)
        : this(awsAccessKeyId, awsSecretAccessKey, new AmazonDynamoDBStreamsConfig { RegionEndpoint = region }) { }

    public AmazonDynamoDBStreamsClient(string awsAccessKeyId, string awsSecretAccessKey, AmazonDynamoDBStreamsConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, clientConfig) { }

    public AmazonDynamoDBStreamsClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken)
        : this(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, new AmazonDynamoDBStreamsConfig()) { }

    public AmazonDynamoDBStreamsClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken, RegionEndpoint region)
        : this(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, new AmazonDynamoDBStreamsConfig { RegionEndpoint = region }) { }

    public AmazonDynamoDBStreamsClient(
        string awsAccessKeyId,
        string awsSecretAccessKey,
        string awsSessionToken,
        AmazonDynamoDBStreamsConfig clientConfig
    )
        : base(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, clientConfig) { }

    protected override IServiceMetadata ServiceMetadata => serviceMetadata;

    public virtual Task<DescribeStreamResponse> DescribeStreamAsync(string streamArn, CancellationToken cancellationToken = default) =>
        DescribeStreamAsync(new DescribeStreamRequest { StreamArn = streamArn }, cancellationToken);

    public virtual Task<DescribeStreamResponse> DescribeStreamAsync(
        DescribeStreamRequest request,
        CancellationToken cancellationToken = default
    ) => InvokeAsync<DescribeStreamResponse>(request, Operations.DescribeStream, cancellationToken);

    public virtual Task<GetRecordsResponse> GetRecordsAsync(string shardIterator, CancellationToken cancellationToken = default) =>
        GetRecordsAsync(new GetRecordsRequest { ShardIterator = shardIterator }, cancellationToken);

    public virtual Task<GetRecordsResponse> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<GetRecordsResponse>(request, Operations.GetRecords, cancellationToken);

    public virtual Task<GetShardIteratorResponse> GetShardIteratorAsync(
        GetShardIteratorRequest request,
        CancellationToken cancellationToken = default
    ) => InvokeAsync<GetShardIteratorResponse>(request, Operations.GetShardIterator, cancellationToken);

    public virtual Task<ListStreamsResponse> ListStreamsAsync(CancellationToken cancellationToken = default) =>
        ListStreamsAsync(new ListStreamsRequest(), cancellationToken);

    public virtual Task<ListStreamsResponse> ListStreamsAsync(ListStreamsRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<ListStreamsResponse>(request, Operations.ListStreams, cancellationToken);

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        pipeline.RemoveHandler<EndpointResolver>();
        pipeline.AddHandlerAfter<Marshaller>(new RegionalEndpointResolver());
        // Added after the marshaller too, so it runs before the resolver: the endpoint may depend on the chosen auth scheme.
        pipeline.AddHandlerAfter<Marshaller>(new SigV4AuthSchemeHandler());
    }

    private sealed class AmazonDynamoDBStreamsMetadata : IServiceMetadata
    {
        public string ServiceId => AmazonDynamoDBStreamsConfig.ServiceId;

        public IDictionary<string, string> OperationNameMapping { get; } = new Dictionary<string, string>(0);
    }
}
