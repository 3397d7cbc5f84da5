using System.Diagnostics;
using OpenTelemetry;

namespace NotifyQuery.ServiceDefaults;

/// <summary>
/// Takes the values of query strings out of spans: they name users. The instrumentation packages do so unless a switch of the
/// environment forbids it (development hosts set it), and not all of them do; here there is no exception.
/// </summary>
public sealed class QueryValueRedaction : BaseProcessor<Activity>
{
    private const string Redacted = "Redacted";

    private static readonly string[] Attributes = ["url.query", "url.full", "http.target", "http.url"];

    /// <inheritdoc />
    public override void OnEnd(Activity data)
    {
        ArgumentNullException.ThrowIfNull(data);
        foreach (var name in Attributes)
            if (data.GetTagItem(name) is string { Length: > 0 } value) data.SetTag(name, Redact(value, isQuery: name is "url.query"));
    }

    internal static string Redact(string value, bool isQuery)
    {
        var start = value.IndexOf('?', StringComparison.Ordinal) + 1;
        if (start == 0 && !isQuery) return value;
        var parameters = value[start..].Split('&').Select(parameter =>
            // A parameter without a value may be a value without its name.
            parameter.IndexOf('=', StringComparison.Ordinal) is >= 0 and var at ? parameter[..(at + 1)] + Redacted
            : parameter.Length > 0 ? Redacted
            : "");
        return value[..start] + string.Join('&', parameters);
    }
}
