namespace NotifyQuery.Lambdas.Query;

/// <summary>
/// The allowed host names of the gateway. A web page with a domain name that points to this machine (DNS rebinding) could read the
/// responses of a local server. Such a page can only send its own host name, which is not allowed.
/// </summary>
/// <param name="setting">
/// <c>Gateway:AllowedHosts</c>: names without port, separated by semicolons; empty or <c>*</c> for any name, as on AWS.
/// </param>
internal sealed class GatewayHosts(string? setting)
{
    private readonly HashSet<string> names = new(
        (setting ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(name => name != "*"),
        StringComparer.OrdinalIgnoreCase
    );

    /// <summary>Whether the Host header of a request is allowed.</summary>
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
