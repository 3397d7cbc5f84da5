using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dashboard;

/// <summary>The dashboard's settings, under the names that the real AppHost reads.</summary>
internal sealed class DashboardSettings
{
    private const string Unsecured = "ASPIRE_ALLOW_UNSECURED_TRANSPORT";

    private readonly IConfiguration _configuration;
    private readonly bool _allowsUnsecured;

    /// <summary>Draws what is secret, unless it is set, and makes it known in the configuration.</summary>
    public DashboardSettings(ConfigurationManager configuration, DistributedApplicationOptions options)
    {
        _configuration = configuration;
        _allowsUnsecured = options.AllowUnsecuredTransport || configuration.GetValue<bool>(Unsecured);
        IsAnonymous = IsTrue("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", "DOTNET_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS");
        IsShown = configuration.GetValue<bool>("ASPIRE_SHOW_DASHBOARD_RESOURCES");
        // Between two processes of ours: there is no reason to ever do without.
        ResourceServiceApiKey = First("ASPIRE_DASHBOARD_RESOURCESERVICE_APIKEY", "AppHost:ResourceService:ApiKey") ?? RandomKey();
        if (IsAnonymous)
            return;
        BrowserToken = First("ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN", "DOTNET_DASHBOARD_FRONTEND_BROWSERTOKEN", "AppHost:BrowserToken") ?? RandomKey();
        OtlpApiKey = First("AppHost:OtlpApiKey") ?? RandomKey();
        configuration.AddInMemoryCollection(
        [
            new("AppHost:BrowserToken", BrowserToken),
            new("AppHost:OtlpApiKey", OtlpApiKey),
            new("AppHost:ResourceService:AuthMode", "ApiKey"),
            new("AppHost:ResourceService:ApiKey", ResourceServiceApiKey),
        ]);
    }

    public bool IsAnonymous { get; }

    /// <summary>Whether the dashboard is among the resources that it shows.</summary>
    public bool IsShown { get; }

    /// <summary>Null when anyone may look.</summary>
    public string? BrowserToken { get; }

    /// <summary>Null when anyone may send telemetry.</summary>
    public string? OtlpApiKey { get; }

    public string ResourceServiceApiKey { get; }

    /// <summary>The address of the pages; without one, a port is chosen.</summary>
    public Uri? Frontend => Address("ASPNETCORE_URLS");

    public Uri? OtlpGrpc => Address("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "DOTNET_DASHBOARD_OTLP_ENDPOINT_URL");

    public Uri? OtlpHttp => Address("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", "DOTNET_DASHBOARD_OTLP_HTTP_ENDPOINT_URL");

    public Uri? ResourceService => Address("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", "DOTNET_RESOURCE_SERVICE_ENDPOINT_URL") switch
    {
        { IsLoopback: false } address => throw new DistributedApplicationException(
            $"ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL is '{address}': it must be on this machine, like http://127.0.0.1:0."),
        var address => address,
    };

    private Uri? Address(params ReadOnlySpan<string> names)
    {
        if (First(names) is not { } urls)
            return null;
        // A launch profile may give several.
        var url = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is var all
            ? all.FirstOrDefault(one => one.StartsWith("http:", StringComparison.OrdinalIgnoreCase)) ?? all.FirstOrDefault()
            : null;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new DistributedApplicationException($"{names[0]} is '{urls}': it must be an address like http://127.0.0.1:18888.");
        if (address.Scheme == "https")
        {
            throw new DistributedApplicationException(
                $"{names[0]} is '{urls}', but this dashboard speaks http only, and only on this machine: use an http address and set {Unsecured}=true.");
        }

        return _allowsUnsecured
            ? address
            : throw new DistributedApplicationException($"{names[0]} is '{urls}': it must be an https address unless {Unsecured} is set to true.");
    }

    private bool IsTrue(params ReadOnlySpan<string> names) => First(names) is { } value && (value == "1" || value.Equals("true", StringComparison.OrdinalIgnoreCase));

    private string? First(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (_configuration[name] is { Length: > 0 } value)
                return value;
        }

        return null;
    }

    private static string RandomKey() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
