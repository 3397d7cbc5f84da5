namespace Offline.OpenTelemetry;

internal static class QueryRedaction
{
    /// <summary>The names of a query's parameters tell what was asked for; their values may be anybody's data.</summary>
    public static string WithoutValues(string query) =>
        string.Join('&', query.Split('&').Select(static parameter =>
            parameter.IndexOf('=', StringComparison.Ordinal) is >= 0 and var at ? parameter[..(at + 1)] + "Redacted" : parameter));
}
