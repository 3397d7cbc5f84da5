using System.Globalization;

namespace NotifyQuery.Handler;

/// <summary>What the Handler must be told.</summary>
/// <param name="QueryResultFunction">The name or ARN of the QueryResult function (<c>QueryResult:FunctionName</c>).</param>
/// <param name="ReadTimeout">How long a read may take (<c>QueryResult:TimeoutSeconds</c>, 15): less than the Query function waits for us.</param>
/// <param name="CursorKey">The key by which cursors are signed (<c>Cursor:Key</c>, hexadecimal): the same for all Handlers of a deployment.</param>
internal sealed record HandlerSettings(string QueryResultFunction, TimeSpan ReadTimeout, byte[] CursorKey)
{
    public static HandlerSettings From(IConfiguration configuration) => new(
        configuration["QueryResult:FunctionName"]
            ?? throw new InvalidOperationException("QueryResult:FunctionName is not set: give the name or ARN of the QueryResult function"),
        TimeSpan.FromSeconds(double.Parse(configuration["QueryResult:TimeoutSeconds"] ?? "15", CultureInfo.InvariantCulture)),
        ReadKey(configuration["Cursor:Key"]));

    private static byte[] ReadKey(string? hex)
    {
        if (hex is not { Length: >= 32 } || hex.Length % 2 != 0 || !hex.All(char.IsAsciiHexDigit))
            throw new InvalidOperationException("Cursor:Key is not set to at least 32 hexadecimal digits: generate one with 'openssl rand -hex 32', the same for every Handler");
        return Convert.FromHexString(hex);
    }
}
