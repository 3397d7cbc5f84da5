using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Amazon.Lambda.APIGatewayEvents;
using Amazon.Lambda.Core;

namespace OpenTelemetry.Instrumentation.AWSLambda.Implementation;

/// <summary>The attributes of an invocation's span, according to the semantic conventions 1.28 for functions and HTTP servers.</summary>
internal static partial class InvocationTags
{
    private static int invocations;

    public static string? FunctionName(ILambdaContext context) =>
        context.FunctionName ?? Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_NAME");

    public static IEnumerable<KeyValuePair<string, object?>> Of<TInput>(TInput input, ILambdaContext context)
    {
        var http = input as APIGatewayHttpApiV2ProxyRequest;
        var tags = new List<KeyValuePair<string, object?>>
        {
            new("faas.trigger", http is null ? "other" : "http"),
            new("faas.coldstart", Interlocked.Exchange(ref invocations, 1) == 0),
        };
        Add("faas.name", FunctionName(context));
        Add("faas.invocation_id", context.AwsRequestId);
        // arn:aws:lambda:<region>:<account>:function:<name>[:<version or alias>]; the last part does not belong to the id.
        var arn = context.InvokedFunctionArn?.Split(':') ?? [];
        Add("cloud.resource_id", arn.Length > 0 ? string.Join(':', arn.Take(7)) : null);
        Add("cloud.account.id", arn.ElementAtOrDefault(4));
        Add("faas.instance", context.LogStreamName ?? Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_STREAM_NAME"));
        tags.Add(new("faas.max_memory", context.MemoryLimitInMB * 1024L * 1024L));
        if (http is not null)
            AddHttp(http);
        return tags;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                tags.Add(new(name, value));
        }

        void AddHttp(APIGatewayHttpApiV2ProxyRequest request)
        {
            var scheme = Headers.Find(request, "x-forwarded-proto")?.Split(',')[^1].Trim();
            Add("url.scheme", scheme);
            tags.Add(new("url.path", request.RawPath ?? ""));
            tags.Add(new("url.query", string.IsNullOrEmpty(request.RawQueryString) ? "" : "?" + Redacted(request.RawQueryString)));
            Add("http.request.method", request.RequestContext?.Http?.Method);
            if (Headers.Find(request, "host")?.Split(':', 2) is not { } host)
                return;
            Add("server.address", host[0]);
            int? port =
                host.Length == 2 && int.TryParse(host[1], NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given
                : host.Length == 2 ? null
                : scheme switch
                {
                    "https" => 443,
                    "http" => 80,
                    _ => null,
                };
            if (port is not null)
                tags.Add(new("server.port", port));
        }
    }

    /// <summary>The query string without parameter values, unless the environment allows them.</summary>
    private static string Redacted(string query) =>
        bool.TryParse(
            Environment.GetEnvironmentVariable("OTEL_DOTNET_EXPERIMENTAL_AWS_LAMBDA_DISABLE_URL_QUERY_REDACTION"),
            out var disabled
        ) && disabled
            ? query
            : ParameterValue().Replace(query, "=Redacted");

    [GeneratedRegex("=[^&]*")]
    private static partial Regex ParameterValue();

    public static void SetResult(Activity? activity, object? result)
    {
        if (result is APIGatewayHttpApiV2ProxyResponse response)
            activity?.SetTag("http.response.status_code", response.StatusCode);
    }
}
