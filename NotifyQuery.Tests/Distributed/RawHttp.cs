using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace NotifyQuery.Tests.Distributed;

/// <summary>A request exactly as it goes over the wire, but for {authority} in the target; each character is one byte.</summary>
public sealed record RawRequest(string Method, string Target)
{
    public IReadOnlyList<string> Headers { get; init; } = [];

    public string Body { get; init; } = "";

    /// <summary>What the Host header says; null for the server's own address.</summary>
    public string? Host { get; init; }

    public override string ToString() => $"{Method} {Shorten(Target)}{string.Concat(Headers.Select(header => $" [{Shorten(header)}]"))}";

    private static string Shorten(string text) => text.Length <= 160 ? text : $"{text[..120]}… ({text.Length} characters)";
}

/// <summary>What came back. The body is empty when there was none; header names are in lower case.</summary>
public sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>HTTP/1.1 by hand: a client of the platform would fix what these requests are meant to have wrong.</summary>
public static class RawHttp
{
    public static async Task<RawAnswer> SendAsync(Uri server, RawRequest request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        using var connection = new TcpClient();
        await connection.ConnectAsync(server.Host, server.Port, limit.Token);
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(Text(server, request)), limit.Token);
        using var received = new MemoryStream();
        try
        {
            await stream.CopyToAsync(received, limit.Token);
        }
        catch (IOException) when (received.Length > 0)
        {
            // A server that refuses without reading to the end resets the connection behind its answer.
        }

        return Parse(received.ToArray());
    }

    private static string Text(Uri server, RawRequest request)
    {
        var text = new StringBuilder(
            $"{request.Method} {request.Target.Replace("{authority}", server.Authority, StringComparison.Ordinal)} HTTP/1.1\r\nHost: "
                + $"{request.Host ?? server.Authority}\r\nConnection: close\r\n"
        );
        foreach (var header in request.Headers)
            text.Append(header).Append("\r\n");
        if (request.Body.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"Content-Length: {request.Body.Length}\r\n");
        return text.Append("\r\n").Append(request.Body).ToString();
    }

    private static RawAnswer Parse(byte[] received)
    {
        var end = received.AsSpan().IndexOf("\r\n\r\n"u8);
        Assert.True(end > 0, $"no HTTP answer, but {received.Length} bytes");
        var lines = Encoding.UTF8.GetString(received, 0, end).Split("\r\n");
        var headers = lines
            .Skip(1)
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .GroupBy(header => header[0].ToLowerInvariant(), header => header[1])
            .ToDictionary(group => group.Key, group => string.Join(" | ", group)); // one sent twice is not one sent once
        var body = received.AsSpan(end + 4);
        return new(
            int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture),
            headers,
            Encoding.UTF8.GetString(body.Length > 0 && headers.ContainsKey("transfer-encoding") ? Unchunk(body) : body)
        );
    }

    private static byte[] Unchunk(ReadOnlySpan<byte> chunked)
    {
        using var whole = new MemoryStream();
        while (true)
        {
            var line = chunked.IndexOf("\r\n"u8);
            var length = int.Parse(chunked[..line], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (length == 0)
                return whole.ToArray();
            whole.Write(chunked.Slice(line + 2, length));
            chunked = chunked[(line + 2 + length + 2)..];
        }
    }
}
