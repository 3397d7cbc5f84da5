using Amazon;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using Amazon.Runtime.Endpoints;

namespace Counterparts.Tests.Aws;

/// <summary>Where the client finds Lambda.</summary>
public class LambdaEndpointTests
{
    [Theory]
    [InlineData("eu-central-1", false, false, "https://lambda.eu-central-1.amazonaws.com")]
    [InlineData("us-east-1", true, false, "https://lambda-fips.us-east-1.amazonaws.com")]
    [InlineData("us-east-1", false, true, "https://lambda.us-east-1.api.aws")]
    [InlineData("cn-north-1", false, false, "https://lambda.cn-north-1.amazonaws.com.cn")]
    public void A_region_has_its_endpoint(string region, bool fips, bool dualStack, string url)
    {
        var config = new AmazonLambdaConfig
        {
            RegionEndpoint = RegionEndpoint.GetBySystemName(region),
            UseFIPSEndpoint = fips,
            UseDualstackEndpoint = dualStack,
        };

        var endpoint = config.DetermineServiceOperationEndpoint(new ServiceOperationEndpointParameters(new InvokeRequest()));

        Assert.Equal(url, endpoint.URL.TrimEnd('/'));
    }
}
