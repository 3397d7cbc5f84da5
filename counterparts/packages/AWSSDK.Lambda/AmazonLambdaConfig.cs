using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Util.Internal;
using Counterparts.AwsSdk;

namespace Amazon.Lambda;

public class AmazonLambdaConfig : ClientConfig
{
    private static readonly string UserAgentString = InternalSDKUtils.BuildUserAgentString("Lambda", "4.0.15.6");
    private static readonly RegionalEndpointProvider Endpoints = new(static (_, fips, _) => fips ? "lambda-fips" : "lambda");
    private static readonly RegionalEndpointResolver EndpointResolver = new();

    public AmazonLambdaConfig()
        : base(StandardDefaults.Provider)
    {
        base.ServiceId = ServiceId;
        AuthenticationServiceName = "lambda";
        EndpointProvider = Endpoints;
    }

    public static new string ServiceId => "Lambda";

    public override string RegionEndpointServiceName => "lambda";

    public override string ServiceVersion => "2015-03-31";

    public override string UserAgent => UserAgentString;

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        EndpointResolver.Resolve(this, ServiceId, parameters);
}
