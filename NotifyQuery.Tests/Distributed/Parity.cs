using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace NotifyQuery.Tests.Distributed;

/// <summary>What makes two answers the same.</summary>
internal static partial class Parity
{
    // What each server says of its own connection and of itself; everything else comes from the Handler.
    private static readonly string[] Transport =
    [
        "apigw-requestid",
        "connection",
        "content-length",
        "date",
        "keep-alive",
        "server",
        "transfer-encoding",
        "x-swagger-ui-version",
    ];

    /// <summary>
    /// Sends a request. A page that ended early because reads were slow is completed by the pages behind its cursor: when a page ends early
    /// depends on the load of the machine, and so differs between two answers. All pages together do not.
    /// </summary>
    public static async Task<RawAnswer> SendAsync(Uri server, RawRequest request, CancellationToken cancellationToken)
    {
        var answer = await RawHttp.SendAsync(server, request, cancellationToken);
        if (answer.Status != 200 || !request.Target.Contains("/query/status", StringComparison.OrdinalIgnoreCase))
            return answer;
        if (request.Method == "HEAD")
            return answer with { Headers = answer.Headers.Where(header => header.Key != "etag").ToDictionary() };
        var limit = Limit().Match(request.Target) is { Success: true } given ? Number(given) : 20;
        var page = Page.Of(answer);
        while (page.Cursor is { } cursor && page.Items.Count < limit)
        {
            var rest = request.Target;
            foreach (var (name, value) in (IEnumerable<(string, string)>)[("limit", $"{limit - page.Items.Count}"), ("cursor", cursor)])
                rest = Regex.Replace(rest, $"([?&]){name}=[^&]*&?", "$1").TrimEnd('&') + $"&{name}={value}";
            var next = await RawHttp.SendAsync(server, request with { Target = rest }, cancellationToken);
            if (next.Status != 200)
                return next;
            page = page.FollowedBy(Page.Of(next));
        }

        var body = page.ToString();
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body))[..16])}\"";
        return page.Parts == 1
            ? answer
            : answer with
            {
                Body = body,
                Headers = new Dictionary<string, string>(answer.Headers) { ["etag"] = tag },
            };
    }

    /// <summary>What differs, header by header, names included; the id of the trace differs by nature.</summary>
    public static IEnumerable<string> Compare(RawAnswer direct, RawAnswer through)
    {
        if (direct.Status != through.Status)
            yield return $"Handler {direct.Status}, gateway {through.Status} {through.Body}";
        foreach (var header in HeadersOf(direct).Keys.Union(HeadersOf(through).Keys))
            if (direct.Header(header) != through.Header(header))
                yield return $"{header}: Handler '{direct.Header(header)}', gateway '{through.Header(header)}'";
        if (TraceId().Replace(direct.Body, "") != TraceId().Replace(through.Body, ""))
            yield return $"Handler {direct.Body}, gateway {through.Body}";
    }

    /// <summary>The headers that an answer has by its content; a gateway names a content type even where there is no content.</summary>
    public static SortedDictionary<string, string> HeadersOf(RawAnswer answer) =>
        new(
            answer
                .Headers.Where(header =>
                    !Transport.Contains(header.Key) && !(header.Key == "content-type" && answer.Status is 204 or 301 or 304)
                )
                .ToDictionary(),
            StringComparer.Ordinal
        );

    private static int Number(Match limit) => int.Parse(limit.Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"[?&]limit=(\d+)")]
    private static partial Regex Limit();

    [GeneratedRegex("\"traceId\":\"[^\"]*\"")]
    private static partial Regex TraceId();

    /// <summary>One or several pages as one.</summary>
    /// <param name="Items">Their items, as they came.</param>
    /// <param name="Cursor">The cursor of the last.</param>
    /// <param name="Parts">The number of pages.</param>
    private sealed record Page(IReadOnlyList<string> Items, string? Cursor, int Parts)
    {
        public static Page Of(RawAnswer answer)
        {
            using var body = JsonDocument.Parse(answer.Body);
            return new(
                [.. body.RootElement.GetProperty("items").EnumerateArray().Select(item => item.GetRawText())],
                body.RootElement.GetProperty("next_cursor").GetString(),
                Parts: 1
            );
        }

        public Page FollowedBy(Page next) => new([.. Items, .. next.Items], next.Cursor, Parts + next.Parts);

        public override string ToString()
        {
            var cursor = Cursor is null ? "null" : $"\"{Cursor}\"";
            return $$"""{"items":[{{string.Join(',', Items)}}],"count":{{Items.Count}},"next_cursor":{{cursor}}}""";
        }
    }
}
