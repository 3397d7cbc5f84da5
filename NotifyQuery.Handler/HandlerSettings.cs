using NotifyQuery.Handler.QueryResult;

namespace NotifyQuery.Handler;

/// <summary>The settings of the Handler.</summary>
/// <param name="QueryResult">The settings for invoking the QueryResult function.</param>
/// <param name="CursorKey">The cursor key (<c>Cursor:Key</c>, hexadecimal): the same for all Handlers of a deployment.</param>
internal sealed record HandlerSettings(QueryResultSettings QueryResult, byte[] CursorKey)
{
    public static HandlerSettings From(IConfiguration configuration) =>
        new(QueryResultSettings.From(configuration), ReadKey(configuration["Cursor:Key"]));

    private static byte[] ReadKey(string? hex)
    {
        if (hex is not { Length: >= 32 } || hex.Length % 2 != 0 || !hex.All(char.IsAsciiHexDigit))
            throw new InvalidOperationException(
                "Cursor:Key is not set to at least 32 hexadecimal digits: generate one with 'openssl rand -hex 32', the same for every "
                    + "Handler"
            );
        return Convert.FromHexString(hex);
    }
}
