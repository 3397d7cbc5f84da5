using System.Globalization;

namespace Aspire.Dashboard;

/// <summary>What was asked for cannot be done; the message says what and how to mend it.</summary>
internal sealed class SettingException(string message) : Exception(message);

/// <summary>The settings, from the variables by which the AppHost starts the real dashboard as well.</summary>
internal sealed record DashboardOptions
{
    public required Uri Frontend { get; init; }

    public Uri? OtlpGrpc { get; init; }

    public Uri? OtlpHttp { get; init; }

    /// <summary>Null when anyone may look.</summary>
    public string? BrowserToken { get; init; }

    /// <summary>Null when anyone may send telemetry.</summary>
    public string? OtlpApiKey { get; init; }

    /// <summary>Where the AppHost tells about its resources; null when there is none.</summary>
    public Uri? ResourceService { get; init; }

    public string? ResourceServiceApiKey { get; init; }

    public string? ApplicationName { get; init; }

    /// <summary>The application's description of its flow.</summary>
    public string? FlowFile { get; init; }

    public static DashboardOptions Read(Func<string, string?> environment)
    {
        var anonymous = IsTrue(environment("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS") ?? environment("DOTNET_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS"));
        var options = new DashboardOptions
        {
            Frontend = Address("ASPNETCORE_URLS", First(environment("ASPNETCORE_URLS"))) ?? new("http://127.0.0.1:18888"),
            OtlpGrpc = Address("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL",
                environment("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL") ?? environment("DOTNET_DASHBOARD_OTLP_ENDPOINT_URL")),
            OtlpHttp = Address("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL",
                environment("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL") ?? environment("DOTNET_DASHBOARD_OTLP_HTTP_ENDPOINT_URL")),
            BrowserToken = anonymous ? null : NotEmpty(environment("DASHBOARD__FRONTEND__BROWSERTOKEN")),
            OtlpApiKey = anonymous ? null : NotEmpty(environment("DASHBOARD__OTLP__PRIMARYAPIKEY")),
            ResourceService = Address("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL",
                environment("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL") ?? environment("DOTNET_RESOURCE_SERVICE_ENDPOINT_URL")),
            ResourceServiceApiKey = NotEmpty(environment("DASHBOARD__RESOURCESERVICECLIENT__APIKEY")),
            ApplicationName = NotEmpty(environment("DASHBOARD__APPLICATIONNAME")),
            FlowFile = NotEmpty(environment("DASHBOARD__FLOWFILE")),
        };
        if (!anonymous && options.BrowserToken is null)
        {
            throw new SettingException("The dashboard needs DASHBOARD__FRONTEND__BROWSERTOKEN, the token by which people log in; "
                + "set ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS=true to let anyone on this machine look.");
        }

        return options;
    }

    private static bool IsTrue(string? value) => value is not null && (value == "1" || string.Equals(value, "true", StringComparison.OrdinalIgnoreCase));

    private static string? NotEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;

    private static string? First(string? urls) =>
        urls?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault(url => url.StartsWith("http:", StringComparison.Ordinal))
        ?? urls?.Split(';', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();

    private static Uri? Address(string name, string? value)
    {
        if (string.IsNullOrWhiteSpace(value))
            return null;
        return Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri is { Scheme: "http", AbsolutePath: "/" }
            ? uri
            : throw new SettingException(string.Create(CultureInfo.InvariantCulture, $"{name} is '{value}': it must be like http://127.0.0.1:18888."));
    }
}
