namespace NotifyQuery.Operations;

/// <summary>
/// Keeps settings that a person has made on their machine for other purposes away from a system that runs on that machine. Call it first:
/// the runtime and the AWS SDK read the environment once, and child processes inherit it.
/// </summary>
public static class LocalEnvironment
{
    // The names that .NET, Go, Node and curl use.
    private static readonly string[] NoProxyNames = ["NO_PROXY", "no_proxy"];

    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "::1", "[::1]"];

    // The settings for the local system itself; everything else is meant for an AWS account.
    private static readonly string[] KeptAwsVariables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_LAMBDA_MAX_CONCURRENCY"];

    /// <summary>
    /// Calls between processes of this machine are direct, whatever <c>HTTP_PROXY</c> says: a remote proxy cannot reach them, and .NET
    /// uses it
    /// for loopback addresses too.
    /// </summary>
    public static void BypassProxyForLoopback()
    {
        foreach (var name in NoProxyNames)
            Environment.SetEnvironmentVariable(name, WithLoopback(Environment.GetEnvironmentVariable(name)));
    }

    /// <summary>
    /// Removes AWS profiles, regions, session tokens and endpoints from the environment. With an engine on this machine they can only do
    /// harm: with a profile that does not exist every client fails, and another region has other tables.
    /// </summary>
    public static void IgnoreAwsSettings()
    {
        foreach (var name in Environment.GetEnvironmentVariables().Keys.Cast<string>())
        {
            if (name.StartsWith("AWS_", StringComparison.Ordinal) && !KeptAwsVariables.Contains(name))
                Environment.SetEnvironmentVariable(name, null);
        }

        // A default profile is used without being named: make sure that there is none.
        var none = Path.Combine(AppContext.BaseDirectory, "no-aws-profile");
        Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", none);
        Environment.SetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE", none);
    }

    /// <summary>A value of <c>NO_PROXY</c> that includes this machine.</summary>
    /// <param name="value">The value so far: names, separated by commas; null or empty for none.</param>
    public static string WithLoopback(string? value)
    {
        var names = (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return names.Contains("*") ? value! : string.Join(',', names.Concat(Loopback.Except(names, StringComparer.OrdinalIgnoreCase)));
    }
}
