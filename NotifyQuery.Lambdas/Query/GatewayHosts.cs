namespace NotifyQuery.Lambdas.Query;

/// <summary>
/// The names under which the gateway may be asked. A web page whose own name is made to lead to this machine (DNS rebinding) can read what
/// a local server answers; what it cannot do is send another name than its own.
/// </summary>
/// <param name="setting">
/// <c>Gateway:AllowedHosts</c>: names without port, separated by semicolons; nothing or <c>*</c> for any name, as on AWS.
/// </param>
internal sealed class GatewayHosts(string? setting)
{
    private readonly HashSet<string> names = new(
        (setting ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(name => name != "*"),
        StringComparer.OrdinalIgnoreCase
    );

    /// <summary>Whether a request with these headers may be answered.</summary>
    public bool Allow(IDictionary<string, string>? headers)
    {
        if (names.Count == 0)
            return true;
        if (headers is null || !headers.TryGetValue("host", out var host))
            return false;
        var port = host.LastIndexOf(':');
        return names.Contains(port > host.LastIndexOf(']') ? host[..port] : host);
    }
}
