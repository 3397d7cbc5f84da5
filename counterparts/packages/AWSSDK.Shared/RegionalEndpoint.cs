using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Endpoints.StandardLibrary;

namespace Counterparts.AwsSdk;

/// <summary>The endpoint parameters of a service without account-based or resource-based endpoints.</summary>
internal sealed class RegionalEndpointParameters : EndpointParameters
{
    // Stored in the property bag and not in fields, because Core compares the bags to reuse the endpoint of the previous attempt.
    public string Region
    {
        get => (string)this[nameof(Region)];
        init => this[nameof(Region)] = value;
    }

    public string Endpoint
    {
        get => (string)this[nameof(Endpoint)];
        init => this[nameof(Endpoint)] = value;
    }

    public bool UseFips
    {
        get => (bool)this[nameof(UseFips)];
        init => this[nameof(UseFips)] = value;
    }

    public bool UseDualStack
    {
        get => (bool)this[nameof(UseDualStack)];
        init => this[nameof(UseDualStack)] = value;
    }
}

/// <summary>The host name before the region, by partition, FIPS and dual stack.</summary>
internal delegate string RegionalHostPrefix(string partition, bool fips, bool dualStack);

/// <summary>A custom endpoint unchanged, or <c>https://prefix.region.suffix</c> for the region's partition.</summary>
internal sealed class RegionalEndpointProvider(RegionalHostPrefix hostPrefix) : IEndpointProvider
{
    public Endpoint ResolveEndpoint(EndpointParameters parameters)
    {
        var wanted = (RegionalEndpointParameters)parameters;
        if (!string.IsNullOrEmpty(wanted.Endpoint))
        {
            if (wanted.UseFips || wanted.UseDualStack)
                throw new AmazonClientException(
                    "A custom endpoint (ServiceURL) cannot be combined with UseFIPSEndpoint or UseDualstackEndpoint: unset one of them."
                );
            return new Endpoint(wanted.Endpoint);
        }
        if (string.IsNullOrEmpty(wanted.Region))
            throw new AmazonClientException("No region: set RegionEndpoint or ServiceURL on the client's configuration, or AWS_REGION.");

        var partition = Fn.Partition(wanted.Region);
        if (wanted.UseFips && !partition.supportsFIPS)
            throw new AmazonClientException($"The partition {partition.name} of region {wanted.Region} has no FIPS endpoints.");
        if (wanted.UseDualStack && !partition.supportsDualStack)
            throw new AmazonClientException($"The partition {partition.name} of region {wanted.Region} has no dual-stack endpoints.");
        var suffix = wanted.UseDualStack ? partition.dualStackDnsSuffix : partition.dnsSuffix;
        return new Endpoint($"https://{hostPrefix(partition.name, wanted.UseFips, wanted.UseDualStack)}.{wanted.Region}.{suffix}");
    }
}

/// <summary>The pipeline step that reads the endpoint parameters from the client's configuration.</summary>
internal sealed class RegionalEndpointResolver : BaseEndpointResolver
{
    protected override EndpointParameters MapEndpointsParameters(IRequestContext requestContext)
    {
        var config = requestContext.ClientConfig;
        return new RegionalEndpointParameters
        {
            Region = (requestContext.Request.AlternateEndpoint ?? config.RegionEndpoint)?.SystemName ?? config.AuthenticationRegion,
            Endpoint = config.ServiceURL,
            UseFips = config.UseFIPSEndpoint,
            UseDualStack = config.UseDualstackEndpoint,
        };
    }

    /// <summary>The endpoint of one operation, outside the pipeline.</summary>
    public Endpoint Resolve(ClientConfig config, string serviceId, ServiceOperationEndpointParameters parameters)
    {
        var context = new RequestContext(false)
        {
            ClientConfig = config,
            OriginalRequest = parameters.Request,
            Request = new DefaultRequest(parameters.Request, serviceId) { AlternateEndpoint = parameters.AlternateEndpoint },
        };
        return GetEndpoint(new Amazon.Runtime.Internal.ExecutionContext(context, null));
    }
}
