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

    [GeneratedRegex("\"traceId\":\"[^\"]*\"")]
    private static partial Regex TraceId();
}
