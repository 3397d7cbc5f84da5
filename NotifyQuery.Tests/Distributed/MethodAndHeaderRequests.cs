using System.Security.Cryptography;

namespace NotifyQuery.Tests.Distributed;

/// <summary>Requests that differ in their method, their headers or their body, with the status that both sides must answer.</summary>
internal static class MethodAndHeaderRequests
{
    private const string Problem = "application/problem+json";

    /// <summary>The tag of the answer that has no item.</summary>
    private static readonly string TagOfNothing =
        $"\"{Convert.ToHexStringLower(SHA256.HashData("{\"items\":[],\"count\":0,\"next_cursor\":null}"u8)[..16])}\"";

    public static IEnumerable<(RawRequest Request, int Status)> All() =>
        [
            .. from path in (string[])["/query/user", "/query/transaction?transaction_id=t", "/query/campaign", "/query/status/?x=%FF"]
            from method in (string[])["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND"]
            select (new RawRequest(method, path), 405),
            (new("POST", "/query/user?user_id=u") { Headers = ["Content-Type: application/json"], Body = "{\"user_id\":\"u\"}" }, 405),
            (
                new("POST", "/query/user?user_id=u") { Headers = ["Content-Type: application/octet-stream"], Body = "\u00ff\u0000\u00fe" },
                405
            ),
            (new("POST", "/query/user?user_id=u") { Headers = ["Content-Type: ;;;"], Body = "x" }, 405),
            (new("PUT", "/query/user") { Headers = ["X-HTTP-Method-Override: GET"], Body = "x" }, 405),
            (new("OPTIONS", "/query/user") { Headers = ["Origin: https://example.com", "Access-Control-Request-Method: GET"] }, 405),
            (new("GET", "/docs"), 301),
            .. from method in (string[])["GET", "HEAD"]
            from condition in (string[])
                ["If-None-Match: *", "If-None-Match: {etag}", "If-None-Match: W/{etag}", "If-None-Match: \"a\", {etag}"]
            select (
                new RawRequest(method, "/query/user?user_id=nobody")
                {
                    Headers = [condition.Replace("{etag}", TagOfNothing, StringComparison.Ordinal)],
                },
                304
            ),
            (new("GET", "/query/user?user_id=nobody") { Headers = [$"If-Match: {TagOfNothing}"] }, 200),
            (new("GET", "/query/user?user_id=nobody") { Headers = ["If-Match: \"a\""] }, 412),
            (new("HEAD", "/query/user?user_id=nobody") { Headers = ["If-Match: \"a\""] }, 412),
            (new("GET", "/query/user") { Headers = ["If-None-Match: *"] }, 400),
            (
                new("GET", "/query/user?user_id=nobody") { Headers = ["Origin: https://app.example.com", "Origin: https://b.example.com"] },
                200
            ),
            (new("POST", "/nothing") { Body = "x" }, 404),
            (new("OPTIONS", "/"), 404),
            (new("get", "/query/user?user_id=u"), 200),
            (new("GET", "/query/user?user_id=u") { Body = "a body that nobody asked for" }, 200),
            .. from request in (IEnumerable<(string Target, int Status)>)
                [
                    ("/health", 200),
                    ("/query/user?user_id=u", 200),
                    ($"/query/user?user_id={ParityRequests.User}", 200),
                    ("/query/user", 400),
                    ("/query/user?user_id=%FF", 400),
                    ("/query/nothing", 404),
                    ("/", 404),
                    ("/query/transaction?transaction_id=t", 404),
                ]
            select (new RawRequest("HEAD", request.Target), request.Status),
            .. from accept in (string[])
                [
                    "*/*",
                    "application/json",
                    "application/problem+json",
                    "text/html",
                    "image/png",
                    "text/*;q=0.1",
                    "application/json;q=0",
                    "nonsense",
                    ";;;",
                    "",
                    "\u00c3\u00a9",
                    $"text/html, {new string('x', 3000)}",
                ]
            from request in (IEnumerable<(string Method, string Target, int Status)>)
                [("GET", "/query/user?user_id=u", 200), ("GET", "/query/user", 400), ("GET", "/nothing", 404), ("POST", "/query/user", 405)]
            select (new RawRequest(request.Method, request.Target) { Headers = [$"Accept: {accept}"] }, request.Status),
            .. from header in (string[])
                [
                    $"X-Big: {new string('x', 8000)}",
                    "X-Name: Zo\u00c3\u00ab",
                    "Authorization: Zo\u00c3\u00ab",
                    "Authorization: Bearer x.y.z",
                    "Authorization: \u0001",
                    "If-Match: *",
                    "If-Match: nonsense",
                    "If-None-Match: \"other\"",
                    "If-None-Match: \u00c3\u00ab",
                    "If-None-Match: \"",
                    "Cookie: a=b; c=%FF; =; ;",
                    "X-Amzn-Trace-Id: Zo\u00c3\u00ab",
                    "X-Amzn-Trace-Id: \u0001",
                    "X-Amzn-Trace-Id: Root=nonsense",
                    "traceparent: nonsense",
                    "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                    "tracestate: \u00c3\u00ab",
                    "baggage: a=%FF,=,\u00c3\u00ab",
                    "Accept-Encoding: gzip, br",
                    "Accept-Language: \u00c3\u00ab",
                    "User-Agent: ",
                    "Content-Type: nonsense",
                    "X-Forwarded-For: 1.2.3.4",
                    "X-Forwarded-Prefix: /nothing",
                    "X-Original-URL: /nothing",
                    "Range: bytes=0-1",
                    "Origin: https://example.com",
                    "Expect: 100-continue",
                ]
            select (new RawRequest("GET", "/query/user?user_id=u") { Headers = [header] }, 200),
            (
                new("GET", "/query/user?user_id=u")
                {
                    Headers = ["Accept: text/html", $"Accept: {Problem}", "If-None-Match: \"a\"", "If-None-Match: \"b\""],
                },
                200
            ),
            (new("GET", "/query/user?user_id=u") { Headers = [.. Enumerable.Range(0, 90).Select(i => $"X-{i}: {i}")] }, 200),
            (new("GET", "http://{authority}/query/user?user_id=u"), 200),
            (new("GET", "http://{authority}/query/../nothing"), 404),
        ];
}
