using System.Diagnostics.CodeAnalysis;
using LocalStack.Client.Contracts;
using LocalStack.Client.Models;

namespace LocalStack.Client.Options;

[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.NonPublicProperties)]
public class ConfigOptions : IConfigOptions
{
    public ConfigOptions() { }

    public ConfigOptions(
        string localStackHost = Constants.LocalStackHost,
        bool useSsl = Constants.UseSsl,
        bool useLegacyPorts = Constants.UseLegacyPorts,
        int edgePort = Constants.EdgePort
    )
    {
        LocalStackHost = localStackHost;
        UseSsl = useSsl;
        UseLegacyPorts = useLegacyPorts;
        EdgePort = edgePort;
    }

    public string LocalStackHost { get; private set; } = Constants.LocalStackHost;

    public bool UseSsl { get; private set; } = Constants.UseSsl;

    public bool UseLegacyPorts { get; private set; } = Constants.UseLegacyPorts;

    public int EdgePort { get; private set; } = Constants.EdgePort;
}

[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.NonPublicProperties)]
public class SessionOptions : ISessionOptions
{
    public SessionOptions() { }

    public SessionOptions(
        string awsAccessKeyId = Constants.AwsAccessKeyId,
        string awsAccessKey = Constants.AwsAccessKey,
        string awsSessionToken = Constants.AwsSessionToken,
        string regionName = Constants.RegionName
    )
    {
        AwsAccessKeyId = awsAccessKeyId;
        AwsAccessKey = awsAccessKey;
        AwsSessionToken = awsSessionToken;
        RegionName = regionName;
    }

    public string AwsAccessKeyId { get; private set; } = Constants.AwsAccessKeyId;

    public string AwsAccessKey { get; private set; } = Constants.AwsAccessKey;

    public string AwsSessionToken { get; private set; } = Constants.AwsSessionToken;

    public string RegionName { get; private set; } = Constants.RegionName;
}

[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.NonPublicProperties)]
public class LocalStackOptions : ILocalStackOptions
{
    public LocalStackOptions()
        : this(false, new SessionOptions(), new ConfigOptions()) { }

    public LocalStackOptions(bool useLocalStack, SessionOptions sessionOptions, ConfigOptions configOptions)
    {
        UseLocalStack = useLocalStack;
        Session = sessionOptions;
        Config = configOptions;
    }

    public bool UseLocalStack { get; private set; }

    public SessionOptions Session { get; private set; }

    public ConfigOptions Config { get; private set; }
}
