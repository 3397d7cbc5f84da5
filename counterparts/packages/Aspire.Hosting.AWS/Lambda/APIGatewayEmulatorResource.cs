namespace Aspire.Hosting.AWS.Lambda;

/// <summary>The process that serves an HTTP API whose routes lead to functions.</summary>
public class APIGatewayEmulatorResource(string name, APIGatewayType apiGatewayType)
    : ExecutableResource(name, TestTool.Command, Environment.CurrentDirectory)
{
    internal APIGatewayType ApiGatewayType { get; } = apiGatewayType;
}

public class APIGatewayEmulatorOptions
{
    /// <summary>A fixed port; any free one when null.</summary>
    public int? HttpPort { get; set; }
}

/// <summary>Of the package's three types the one that is emulated here.</summary>
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
