namespace Aspire.Hosting.AWS.Lambda;

/// <summary>The process that serves an HTTP API whose routes invoke functions.</summary>
public class APIGatewayEmulatorResource(string name, APIGatewayType apiGatewayType)
    : ExecutableResource(name, LambdaTestTool.Command, Environment.CurrentDirectory)
{
    internal APIGatewayType ApiGatewayType { get; } = apiGatewayType;
}

public class APIGatewayEmulatorOptions
{
    /// <summary>A fixed port; null for any free one.</summary>
    public int? HttpPort { get; set; }

    /// <summary>Accepted: there is no https endpoint here.</summary>
    public bool DisableHttpsEndpoint { get; set; }
}

/// <summary>The only one of the package's three types that is emulated here.</summary>
public enum APIGatewayType
{
    HttpV2 = 2,
}

public enum Method
{
    Any = 0,
    Get = 1,
    Post = 2,
    Put = 3,
    Delete = 4,
    Patch = 5,
    Head = 6,
    Options = 7,
}
