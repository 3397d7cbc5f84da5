using System.Diagnostics;
using NotifyQuery.Core.Queries;
using OpenTelemetry;

namespace NotifyQuery.ServiceDefaults;

/// <summary>
/// Removes everything that may identify a user from the URLs in spans: the values of query strings, unknown parameter names, and unknown
/// path segments (<c>/query/user/alice@example.com</c>). Not all instrumentation packages redact values. An environment variable, which
/// development hosts set, can switch off the redaction of those that do. This processor cannot be switched off.
/// </summary>
public sealed class QueryValueRedaction : BaseProcessor<Activity>
{
    private const string Redacted = "Redacted";

    private static readonly string[] Attributes = ["url.path", "url.query", "url.full", "http.target", "http.url"];

    private static readonly HashSet<string> Parameters = new(
        QueryDefinition.All.SelectMany(definition => definition.Parameters),
        StringComparer.Ordinal
    );

    // The known segments of our own URLs, of the identity provider's and of AWS's APIs.
    private static readonly HashSet<string> Segments = new(
        [
            .. QueryDefinition.All.SelectMany(definition => definition.Path.Split('/')),
            "health",
            "alive",
            "openapi",
            "v1.json",
            "docs",
            "index.html",
            ".well-known",
            "openid-configuration",
            "2015-03-31",
            "functions",
            "invocations",
        ],
        StringComparer.Ordinal
    );

    /// <inheritdoc />
    public override void OnEnd(Activity data)
    {
        ArgumentNullException.ThrowIfNull(data);
        foreach (var name in Attributes)
            if (data.GetTagItem(name) is string { Length: > 0 } value)
                data.SetTag(name, Redact(value, isQuery: name is "url.query"));
    }

    internal static string Redact(string value, bool isQuery)
    {
        if (isQuery)
            return value[0] == '?' ? "?" + RedactQuery(value[1..]) : RedactQuery(value);
        var fragment = value.IndexOf('#', StringComparison.Ordinal);
        if (fragment >= 0)
            value = value[..fragment];
        var query = value.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? value : value[..query];
        return RedactPath(path) + (query < 0 ? "" : "?" + RedactQuery(value[(query + 1)..]));
    }

    private static string RedactPath(string path)
    {
        var authority = path.IndexOf("://", StringComparison.Ordinal);
        var start = authority < 0 ? 0 : path.IndexOf('/', authority + 3);
        return start < 0
            ? path
            : path[..start] + string.Join('/', path[start..].Split('/').Select(segment => Segments.Contains(segment) ? segment : Redacted));
    }

    private static string RedactQuery(string query) =>
        string.Join(
            '&',
            query
                .Split('&')
                .Select(parameter =>
                {
                    if (parameter.Length == 0)
                        return "";
                    var at = parameter.IndexOf('=', StringComparison.Ordinal);
                    // A parameter without = may be a value without its name, and an unknown name may be a value too.
                    return at < 0 ? Redacted : $"{(Parameters.Contains(parameter[..at]) ? parameter[..at] : Redacted)}={Redacted}";
                })
        );
}
