using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Util.Internal;
using Counterparts.AwsSdk;

namespace Amazon.DynamoDBStreams;

public class AmazonDynamoDBStreamsConfig : ClientConfig
{
    private static readonly string UserAgentString = InternalSDKUtils.BuildUserAgentString("DynamoDB Streams", "4.0.4.32");
    private static readonly RegionalEndpointProvider Endpoints = new(
        static (partition, fips, dualStack) =>
            (dualStack ? "streams-dynamodb" : "streams.dynamodb") + (fips && (dualStack || partition != "aws-us-gov") ? "-fips" : "")
    );
    private static readonly RegionalEndpointResolver EndpointResolver = new();

    public AmazonDynamoDBStreamsConfig()
        : base(StandardDefaults.Provider)
    {
        base.ServiceId = ServiceId;
        AuthenticationServiceName = "dynamodb";
        EndpointProvider = Endpoints;
    }

    public static new string ServiceId => "DynamoDB Streams";

    public override string RegionEndpointServiceName => "streams.dynamodb";

    public override string ServiceVersion => "2012-08-10";

    public override string UserAgent => UserAgentString;

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        EndpointResolver.Resolve(this, ServiceId, parameters);
}
