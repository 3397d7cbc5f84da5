namespace NotifyQuery.Operations;

/// <summary>
/// Keeps what a person has set up on their machine for other purposes away from a system that runs on that machine. Call it first of all:
/// the runtime and the AWS SDK read the environment once, and child processes inherit it.
/// </summary>
public static class LocalEnvironment
{
    // The names under which .NET, Go, Node and curl look for it.
    private static readonly string[] NoProxyNames = ["NO_PROXY", "no_proxy"];

    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "::1", "[::1]"];

    // What the local system itself is told by its user; all else is meant for an AWS account.
    private static readonly string[] KeptAwsVariables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_LAMBDA_MAX_CONCURRENCY"];

    /// <summary>
    /// Calls between processes of this machine go direct, whatever <c>HTTP_PROXY</c> says: a proxy elsewhere cannot reach them, and
    /// .NET asks it for loopback addresses too.
    /// </summary>
    public static void BypassProxyForLoopback()
    {
        foreach (var name in NoProxyNames) Environment.SetEnvironmentVariable(name, WithLoopback(Environment.GetEnvironmentVariable(name)));
    }

    /// <summary>
    /// Takes profiles, regions, session tokens and endpoints of AWS out of the environment. With an engine of this machine they can only
    /// do harm: a profile that does not exist ends every client, and another region shows other tables.
    /// </summary>
    public static void IgnoreAwsSettings()
    {
        foreach (var name in Environment.GetEnvironmentVariables().Keys.Cast<string>())
        {
            if (name.StartsWith("AWS_", StringComparison.Ordinal) && !KeptAwsVariables.Contains(name)) Environment.SetEnvironmentVariable(name, null);
        }

        // A default profile counts without being named: let there be none.
        var none = Path.Combine(AppContext.BaseDirectory, "no-aws-profile");
        Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", none);
        Environment.SetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE", none);
    }

    /// <summary>A value of <c>NO_PROXY</c> that names this machine as well.</summary>
    /// <param name="value">The value so far: names, separated by commas; null or empty for none.</param>
    public static string WithLoopback(string? value)
    {
        var names = (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return names.Contains("*") ? value! : string.Join(',', names.Concat(Loopback.Except(names, StringComparer.OrdinalIgnoreCase)));
    }
}
