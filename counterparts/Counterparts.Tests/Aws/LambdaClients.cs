using Amazon.Lambda;
using static Counterparts.Tests.Aws.FakeService;

namespace Counterparts.Tests.Aws;

/// <summary>Clients of Lambda for a fake service.</summary>
internal static class LambdaClients
{
    public static AmazonLambdaClient Client(FakeService service, int maxErrorRetry = 2) =>
        new(
            Credentials,
            new AmazonLambdaConfig
            {
                ServiceURL = service.Url,
                AuthenticationRegion = "eu-west-1",
                MaxErrorRetry = maxErrorRetry,
            }
        );
}
