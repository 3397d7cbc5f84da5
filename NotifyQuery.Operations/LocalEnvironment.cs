namespace NotifyQuery.Operations;

/// <summary>
/// Isolates a local system from personal settings of the machine. Call this first: the runtime and the AWS SDK read the environment once,
/// and child processes inherit it.
/// </summary>
public static class LocalEnvironment
{
    // The names that .NET, Go, Node and curl use.
    private static readonly string[] NoProxyNames = ["NO_PROXY", "no_proxy"];

    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "::1", "[::1]"];

    // The settings of the local system itself. All others are meant for an AWS account.
    private static readonly string[] KeptAwsVariables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

    /// <summary>
    /// Calls between processes of this machine must be direct, whatever <c>HTTP_PROXY</c> says: a remote proxy cannot reach them, and .NET
    /// uses the proxy for loopback addresses too.
    /// </summary>
    public static void BypassProxyForLoopback()
    {
        foreach (var name in NoProxyNames)
            Environment.SetEnvironmentVariable(name, WithLoopback(Environment.GetEnvironmentVariable(name)));
    }

    /// <summary>
    /// Removes AWS profiles, regions, session tokens and endpoints from the environment. With a local engine they only do harm: with a
    /// profile that does not exist every client fails, and another region has other tables.
    /// </summary>
    public static void IgnoreAwsSettings()
    {
        foreach (var name in Environment.GetEnvironmentVariables().Keys.Cast<string>())
        {
            if (name.StartsWith("AWS_", StringComparison.Ordinal) && !KeptAwsVariables.Contains(name))
                Environment.SetEnvironmentVariable(name, null);
        }

        // The SDK uses a default profile even if none is named. This path makes sure that there is no profile.
        var none = Path.Combine(AppContext.BaseDirectory, "no-aws-profile");
        Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", none);
        Environment.SetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE", none);
    }

    /// <summary>A value of <c>NO_PROXY</c> that includes the loopback addresses.</summary>
    /// <param name="value">The current value: names, separated by commas; null or empty for none.</param>
    public static string WithLoopback(string? value)
    {
        var names = (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return names.Contains("*") ? value! : string.Join(',', names.Concat(Loopback.Except(names, StringComparer.OrdinalIgnoreCase)));
    }
}
