namespace Aspire.Hosting.Dashboard;

/// <summary>
/// Values that come from a secret parameter are known as such. Others show by their name that they are not for everybody who looks over a
/// shoulder; to mask one too many costs a click.
/// </summary>
internal static class SecretNames
{
    private static readonly string[] s_parts = ["SECRET", "PASSWORD", "PASSWD", "TOKEN", "CREDENTIAL", "CONNECTIONSTRING", "OTLP_HEADERS"];
    private static readonly string[] s_ends = ["KEY", "PWD"];

    public static bool IsOne(string name) =>
        s_parts.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase)) || s_ends.Any(end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase));
}
