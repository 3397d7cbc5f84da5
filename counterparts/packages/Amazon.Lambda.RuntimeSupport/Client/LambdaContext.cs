#nullable enable
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport.Logging;

namespace Amazon.Lambda.RuntimeSupport.Client;

/// <summary>An invocation, from the headers of `next` and the environment of the process.</summary>
internal sealed class LambdaContext : ILambdaContext
{
    private static readonly string? Name = Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_NAME");
    private static readonly string? Version = Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_VERSION");
    private static readonly string? LogGroup = Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_GROUP_NAME");
    private static readonly string? LogStream = Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_STREAM_NAME");

    private static readonly int Memory = int.TryParse(
        Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
        NumberStyles.None,
        CultureInfo.InvariantCulture,
        out var size
    )
        ? size
        : 0;

    private readonly long _deadline;

    public LambdaContext(HttpResponseHeaders headers)
    {
        AwsRequestId =
            Value(headers, "Lambda-Runtime-Aws-Request-Id")
            ?? throw new KeyNotFoundException("The runtime API sent an invocation without the header Lambda-Runtime-Aws-Request-Id.");
        InvokedFunctionArn = Value(headers, "Lambda-Runtime-Invoked-Function-Arn");
        TraceId = Value(headers, "Lambda-Runtime-Trace-Id") ?? "";
        TenantId = Value(headers, "Lambda-Runtime-Aws-Tenant-Id") ?? "";
        ClientContext = Value(headers, "Lambda-Runtime-Client-Context") is { Length: > 0 } client
            ? Client.ClientContext.Parse(client)
            : null;
        Identity = Value(headers, "Lambda-Runtime-Cognito-Identity") is { Length: > 0 } identity ? CognitoIdentity.Parse(identity) : null;
        _ = long.TryParse(Value(headers, "Lambda-Runtime-Deadline-Ms"), NumberStyles.None, CultureInfo.InvariantCulture, out _deadline);
    }

    public string AwsRequestId { get; }

    public IClientContext? ClientContext { get; }

    public string? FunctionName => Name;

    public string? FunctionVersion => Version;

    public ICognitoIdentity? Identity { get; }

    public string? InvokedFunctionArn { get; }

    public ILambdaLogger Logger => RuntimeLogger.Instance;

    public string? LogGroupName => LogGroup;

    public string? LogStreamName => LogStream;

    public int MemoryLimitInMB => Memory;

    public TimeSpan RemainingTime => TimeSpan.FromMilliseconds(_deadline - DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

    public string TenantId { get; }

    public string TraceId { get; }

    private static string? Value(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;
}

internal sealed class ClientContext : IClientContext, IClientApplication
{
    private readonly JsonElement _json;

    private ClientContext(JsonElement json)
    {
        _json = json;
        Environment = Map("env");
        Custom = Map("custom");
    }

    public IDictionary<string, string> Environment { get; }

    public IDictionary<string, string> Custom { get; }

    public IClientApplication Client => this;

    public string? AppPackageName => App("app_package_name");

    public string? AppTitle => App("app_title");

    public string? AppVersionCode => App("app_version_code");

    public string? AppVersionName => App("app_version_name");

    public string? InstallationId => App("installation_id");

    public static ClientContext? Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.ValueKind == JsonValueKind.Object ? new ClientContext(document.RootElement.Clone()) : null;
    }

    private string? App(string member) =>
        _json.TryGetProperty("client", out var client)
        && client.ValueKind == JsonValueKind.Object
        && client.TryGetProperty(member, out var value)
            ? value.ToString()
            : null;

    private Dictionary<string, string> Map(string member) =>
        _json.TryGetProperty(member, out var map) && map.ValueKind == JsonValueKind.Object
            ? map.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ToString())
            : [];
}

internal sealed record CognitoIdentity(string? IdentityId, string? IdentityPoolId) : ICognitoIdentity
{
    public static CognitoIdentity? Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? new CognitoIdentity(Member(document.RootElement, "cognitoIdentityId"), Member(document.RootElement, "cognitoIdentityPoolId"))
            : null;
    }

    private static string? Member(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.ToString() : null;
}
