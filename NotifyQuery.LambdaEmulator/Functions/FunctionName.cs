namespace NotifyQuery.LambdaEmulator.Functions;

internal static class FunctionName
{
    private static readonly string Region = Environment.GetEnvironmentVariable("AWS_REGION") is { Length: > 0 } region
        ? region
        : "us-east-1";

    /// <summary>
    /// The plain name. Invoke also accepts name:alias, account:function:name and ARNs. The alias is dropped, because there is only one
    /// version.
    /// </summary>
    public static string Plain(string identifier)
    {
        var parts = identifier.Split(':');
        var marker = Array.IndexOf(parts, "function");
        return marker >= 0 && marker + 1 < parts.Length ? parts[marker + 1] : parts[0];
    }

    public static string Arn(string name) => $"arn:aws:lambda:{Region}:000000000000:function:{name}";
}
