using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace NotifyQuery.LambdaEmulator.Gateway;

/// <summary>
/// A request as the event that an HTTP API passes to its function (payload format 2.0). Like AWS, it leaves out missing values; the real
/// tool writes null.
/// </summary>
internal static class HttpApiEvent
{
    private const string DefaultContentType = "text/plain; charset=utf-8";

    public static ReadOnlyMemory<byte> Write(
        HttpRequest request,
        ReadOnlyMemory<byte> body,
        string rawPath,
        string stage,
        Route route,
        Dictionary<string, string>? variables,
        JsonElement? claims,
        string requestId,
        DateTimeOffset now
    )
    {
        var buffer = new ArrayBufferWriter<byte>(2048 + body.Length);
        using var writer = new Utf8JsonWriter(buffer);
        var path = Decode(rawPath);
        var query = request.QueryString.Value is { Length: > 1 } sent ? sent[1..] : "";

        writer.WriteStartObject();
        writer.WriteString("version", "2.0");
        writer.WriteString("routeKey", route.Key);
        writer.WriteString("rawPath", path);
        writer.WriteString("rawQueryString", query);
        WriteCookies(writer, request);
        WriteHeaders(writer, request, body.Length);
        WriteQuery(writer, query);
        WriteContext(writer, request, path, stage, route, claims, requestId, now);
        WriteBody(writer, request, body.Span);
        WritePathParameters(writer, variables);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    // An encoded slash stays encoded: decoded, it would start a new segment.
    private static string Decode(string rawPath) =>
        Uri.UnescapeDataString(rawPath.Replace("%2F", "%252F", StringComparison.OrdinalIgnoreCase));

    private static void WriteCookies(Utf8JsonWriter writer, HttpRequest request)
    {
        if (request.Headers.Cookie.Count == 0)
            return;
        writer.WriteStartArray("cookies");
        foreach (var header in request.Headers.Cookie)
        {
            foreach (var cookie in (header ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                writer.WriteStringValue(cookie);
        }

        writer.WriteEndArray();
    }

    private static void WriteHeaders(Utf8JsonWriter writer, HttpRequest request, int length)
    {
        writer.WriteStartObject("headers");
        foreach (var (name, values) in request.Headers)
            writer.WriteString(name.ToLowerInvariant(), values.Count == 1 ? values[0] : string.Join(',', values.AsEnumerable()));
        if (!request.Headers.ContainsKey("Content-Length"))
            writer.WriteString("content-length", length.ToString(CultureInfo.InvariantCulture));
        if (!request.Headers.ContainsKey("Content-Type"))
            writer.WriteString("content-type", DefaultContentType);
        writer.WriteEndObject();
    }

    private static void WriteQuery(Utf8JsonWriter writer, string query)
    {
        if (query.Length == 0)
            return;
        var parameters = new OrderedDictionary<string, string>();
        foreach (var pair in new QueryStringEnumerable(query))
        {
            var name = pair.DecodeName().ToString();
            var value = pair.DecodeValue().ToString();
            parameters[name] = parameters.TryGetValue(name, out var before) ? $"{before},{value}" : value;
        }

        WriteMap(writer, "queryStringParameters", parameters);
    }

    private static void WriteContext(
        Utf8JsonWriter writer,
        HttpRequest request,
        string path,
        string stage,
        Route route,
        JsonElement? claims,
        string requestId,
        DateTimeOffset now
    )
    {
        writer.WriteStartObject("requestContext");
        if (claims is { } of)
            WriteAuthorizer(writer, of);
        writer.WriteStartObject("http");
        writer.WriteString("method", request.Method);
        writer.WriteString("path", path);
        writer.WriteString("protocol", request.Protocol);
        writer.WriteString("sourceIp", Source(request.HttpContext.Connection));
        writer.WriteString("userAgent", request.Headers.UserAgent.ToString());
        writer.WriteEndObject();
        writer.WriteString("requestId", requestId);
        writer.WriteString("routeKey", route.Key);
        writer.WriteString("stage", stage);
        writer.WriteString("time", now.ToString("dd/MMM/yyyy:HH:mm:ss", CultureInfo.InvariantCulture) + " +0000");
        writer.WriteNumber("timeEpoch", now.ToUnixTimeMilliseconds());
        writer.WriteEndObject();
    }

    // Writes every claim as a string, and a list in brackets.
    private static void WriteAuthorizer(Utf8JsonWriter writer, JsonElement claims)
    {
        writer.WriteStartObject("authorizer");
        writer.WriteStartObject("jwt");
        writer.WriteStartObject("claims");
        foreach (var claim in claims.EnumerateObject())
            writer.WriteString(
                claim.Name,
                claim.Value.ValueKind == JsonValueKind.Array
                    ? $"[{string.Join(' ', claim.Value.EnumerateArray())}]"
                    : claim.Value.ToString()
            );
        writer.WriteEndObject();
        writer.WriteNull("scopes");
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static string? Source(ConnectionInfo connection) =>
        connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped
            ? mapped.MapToIPv4().ToString()
            : connection.RemoteIpAddress?.ToString();

    private static void WriteBody(Utf8JsonWriter writer, HttpRequest request, ReadOnlySpan<byte> body)
    {
        // Whatever the content type says: bytes that are not valid text would be damaged as text.
        var binary = IsBinary(request.ContentType) || !Utf8.IsValid(body);
        if (body.Length > 0 && binary)
            writer.WriteBase64String("body", body);
        else if (body.Length > 0)
            writer.WriteString("body", body);
        writer.WriteBoolean("isBase64Encoded", body.Length > 0 && binary);
    }

    private static bool IsBinary(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType is { } name
        && (
            name.StartsWith("image/", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("audio/", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("video/", StringComparison.OrdinalIgnoreCase)
            || name.ToUpperInvariant()
                is "APPLICATION/OCTET-STREAM"
                    or "APPLICATION/ZIP"
                    or "APPLICATION/PDF"
                    or "APPLICATION/WASM"
                    or "APPLICATION/X-PROTOBUF"
        );

    private static void WritePathParameters(Utf8JsonWriter writer, Dictionary<string, string>? variables)
    {
        if (variables is not null)
            WriteMap(writer, "pathParameters", variables);
    }

    private static void WriteMap(Utf8JsonWriter writer, string name, IEnumerable<KeyValuePair<string, string>> map)
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in map)
            writer.WriteString(key, value);
        writer.WriteEndObject();
    }
}
