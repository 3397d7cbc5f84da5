namespace Amazon.Lambda.TestTool.Gateway;

internal sealed record GatewayOptions
{
    /// <summary>AWS's limits of an HTTP API: the body, the request line and the header block, and the time an integration may take.</summary>
    public const int MaxBody = 10 * 1024 * 1024;

    public const int MaxHeaders = 10_240;

    public string Host { get; init; } = "localhost";

    public int Port { get; init; }

    public required RouteTable Routes { get; init; }

    public TimeSpan IntegrationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
