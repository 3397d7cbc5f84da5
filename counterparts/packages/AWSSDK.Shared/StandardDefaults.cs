using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Counterparts.AwsSdk;

/// <summary>The connection defaults behind <c>AWS_DEFAULTS_MODE</c>; they are the same for every service.</summary>
internal static class StandardDefaults
{
    public static readonly IDefaultConfigurationProvider Provider = new DefaultConfigurationProvider([
        Mode(DefaultConfigurationMode.Standard, 3.1),
        Mode(DefaultConfigurationMode.InRegion, 1.1),
        Mode(DefaultConfigurationMode.CrossRegion, 3.1),
        Mode(DefaultConfigurationMode.Mobile, 30),
        Mode(DefaultConfigurationMode.Auto, 1.1),
    ]);

    private static DefaultConfiguration Mode(DefaultConfigurationMode name, double connectSeconds) =>
        new()
        {
            Name = name,
            RetryMode = RequestRetryMode.Standard,
            S3UsEast1RegionalEndpoint = S3UsEast1RegionalEndpointValue.Regional,
            ConnectTimeout = TimeSpan.FromSeconds(connectSeconds),
            TlsNegotiationTimeout = TimeSpan.FromSeconds(connectSeconds),
        };
}
