using System.Text;
using System.Text.Json;

namespace NotifyQuery.LambdaEmulator.Gateway;

/// <summary>
/// The response of a function as HTTP. A JSON object with a statusCode is the complete response. Any other JSON is the body of a 200.
/// </summary>
internal sealed record HttpApiResponse(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    private const string Json = "application/json";

    public static HttpApiResponse InternalServerError { get; } = Message(500, "Internal Server Error");

    public static HttpApiResponse NotFound { get; } = Message(404, "Not Found");

    public static HttpApiResponse TooLarge { get; } = Message(413, "Request Entity Too Large");

    public static HttpApiResponse ServiceUnavailable { get; } = Message(503, "Service Unavailable");

    /// <summary>Reads the payload. An invalid payload is an error of the function, for which AWS returns only a general message.</summary>
    public static HttpApiResponse FromPayload(byte[] payload)
    {
        if (payload.Length == 0)
            return Ok(payload);
        try
        {
            using var document = JsonDocument.Parse(payload);
            var root = document.RootElement;
            return root.ValueKind switch
            {
                JsonValueKind.Object when root.TryGetProperty("statusCode", out _) => FromObject(root) ?? InternalServerError,
                JsonValueKind.String => Ok(Encoding.UTF8.GetBytes(root.GetString()!)),
                _ => Ok(payload),
            };
        }
        catch (JsonException)
        {
            return InternalServerError;
        }
    }

    private static HttpApiResponse Ok(byte[] body) => new(200, [new("Content-Type", Json)], body);

    private static HttpApiResponse Message(int status, string message) =>
        new(status, [new("Content-Type", Json)], Encoding.UTF8.GetBytes($$"""{"message":"{{message}}"}"""));

    private static HttpApiResponse? FromObject(JsonElement json)
    {
        int? status = null;
        var base64 = false;
        string body = "";
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var member in json.EnumerateObject())
        {
            var value = member.Value;
            switch (member.Name)
            {
                case "statusCode" when value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number):
                    status = number;
                    break;
                case "body" when value.ValueKind == JsonValueKind.String:
                    body = value.GetString()!;
                    break;
                case "isBase64Encoded" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    base64 = value.GetBoolean();
                    break;
                case "headers" when value.ValueKind == JsonValueKind.Object:
                    foreach (var header in value.EnumerateObject())
                    {
                        if (header.Value.ValueKind != JsonValueKind.String)
                            return null;
                        headers.Add(new(header.Name, header.Value.GetString()!));
                    }

                    break;
                case "cookies" when value.ValueKind == JsonValueKind.Array:
                    foreach (var cookie in value.EnumerateArray())
                    {
                        if (cookie.ValueKind != JsonValueKind.String)
                            return null;
                        headers.Add(new("Set-Cookie", cookie.GetString()!));
                    }

                    break;
                case "body" or "isBase64Encoded" or "headers" or "cookies" when value.ValueKind == JsonValueKind.Null:
                    break;
                case "statusCode" or "body" or "isBase64Encoded" or "headers" or "cookies":
                    return null;
            }
        }

        if (status is not (>= 200 and <= 599))
            return null;
        if (!headers.Exists(h => h.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)))
            headers.Add(new("Content-Type", "text/plain; charset=utf-8"));
        return Bytes(body, base64) is { } bytes ? new HttpApiResponse(status.Value, headers, bytes) : null;
    }

    private static byte[]? Bytes(string body, bool base64)
    {
        if (!base64)
            return Encoding.UTF8.GetBytes(body);
        var bytes = new byte[body.Length];
        return Convert.TryFromBase64String(body, bytes, out var length) ? bytes[..length] : null;
    }
}
