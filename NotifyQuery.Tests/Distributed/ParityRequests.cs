using System.Security.Cryptography;

namespace NotifyQuery.Tests.Distributed;

/// <summary>The requests whose answers are compared: what somebody thought of, with the status it must get, and what chance adds.</summary>
public static class ParityRequests
{
    private const string Problem = "application/problem+json";

    /// <summary>The user whose notifications are there to be asked for, as it stands in a URL.</summary>
    public const string User = "Zo%C3%AB%20%2B%25%2F%26%20%E6%97%A5%F0%9F%98%80";

    /// <summary>The tag of the answer that has no item.</summary>
    private static readonly string TagOfNothing = $"\"{Convert.ToHexStringLower(SHA256.HashData("{\"items\":[],\"count\":0,\"next_cursor\":null}"u8)[..16])}\"";

    private static readonly string[] Values =
    [
        "", "u", "u+v", "u%20v", "u%2Bv", "%2F", "%2f..%2F", "a/b", "..", "%2e%2e", "%25", "%2525", "%", "%%", "%4", "%zz", "%u0041", "a%", "%C3%A9", "%c3%a9",
        "e%CC%81", "%E6%97%A5%E6%9C%AC", "%F0%9F%98%80", "%00", "a%00b", "%01", "%0A", "%0D%0A", "%7F", "%C2%85", "%FF", "%C3", "%C3%28", "%C0%AF",
        "%ED%A0%80", "%F4%90%80%80", "%EF%BF%BD", "%EF%BF%BF", "%E2%80%AE", "=", "a=b", "a;b", "a%26b", "a%3Db", "%23", "#", "?", "'", "%22", "\"", "<b>", "%3Cb%3E",
        "|", "^", "`", "{}", "[0]", "\\", "~", "*", "(", "!", "@", ":", ",", "$", "0", "1", "20", "100", "101", "-1", "%2B5", "1.5", "NaN", "FAILED", "SENT",
        "failed", "push", "in_app", "PUSH", "asc", "desc", "2026-01-01", "2026-01-20", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00+02:00",
        "2026-01-01T00:00:00%2B02:00", "0001-01-01", "9999-12-31", "2026-02-30", "%D9%A1%D9%A2", "AAAA", User,
    ];

    private static readonly string[] Names =
    [
        "user_id", "transaction_id", "campaign_id", "from", "to", "status", "channel", "order", "limit", "cursor",
        "User_Id", "user%5Fid", "user_id[]", "page", "", "%FF", "%00", "%", "+", "a.b", "%C3%A9",
    ];

    private static readonly string[] Paths =
        ["/query/user", "/query/user", "/query/transaction", "/query/campaign", "/query/status", "/query/status", "/query/user/", "/QUERY/User", "/query/us%65r", "/query//user", "/query/nothing"];

    private static readonly string[] Methods = ["GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "POST", "DELETE"];

    /// <summary>Requests with the status that both sides must answer.</summary>
    public static IEnumerable<(RawRequest Request, int Status)> HandPicked() =>
    [
        .. All(200,
            "/health", "/alive", "/health?x=%FF", "/HEALTH", "/health/",
            "/openapi/v1.json", "/OpenApi/V1.json", "/docs/index.html", "/docs/index.js", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/favicon-32x32.png",
            $"/query/user?user_id={User}", $"/query/user?user_id={User}&limit=2", $"/query/user?user_id={User}&limit=2&order=asc", $"/query/user?limit=1&user_id={User}",
            "/query/user?user_id=Zo%c3%ab+%2b%25%2f%26+%e6%97%a5%f0%9f%98%80", "/query/user?%75ser_id=u", "/query/user?user%5Fid=u",
            "/query/user?user_id=u", "/query/user?&&user_id=u&&", "/query/user?user_id=u&", "/query/user?user_id=a=b", "/query/user?user_id=a;b", "/query/user?user_id==",
            "/query/user?user_id=a+b", "/query/user?user_id=a%20b", "/query/user?user_id=a%2Bb", "/query/user?user_id=a%2Fb", "/query/user?user_id=a/b",
            "/query/user?user_id=..", "/query/user?user_id=/../", "/query/user?user_id=%25", "/query/user?user_id=%2525", "/query/user?user_id=%25FF",
            "/query/user?user_id=?", "/query/user?user_id=%3F", "/query/user?user_id=#", "/query/user?user_id=%23", "/query/user?user_id=a%26b", "/query/user?user_id=+",
            "/query/user?user_id='", "/query/user?user_id=\"", "/query/user?user_id=<b>", "/query/user?user_id=|", "/query/user?user_id=^`{}[]\\~", "/query/user?user_id=!*()@:,$",
            "/query/user?user_id=%C3%A9", "/query/user?user_id=e%CC%81", "/query/user?user_id=%E6%97%A5%E6%9C%AC", "/query/user?user_id=%F0%9F%98%80",
            "/query/user?user_id=%E2%80%AE", "/query/user?user_id=%EF%BF%BF", "/query/user?user_id=%C2%A0", "/query/user?user_id=http://example.com/",
            "/query/user?user_id=u&from=2026-01-01", "/query/user?user_id=u&from=2026-01-01T00:00:00%2B02:00", "/query/user?user_id=u&status=SENT&channel=in_app&order=asc&limit=100",
            "/query/user?user_id=u&from=0001-01-01&to=9999-12-31",
            "/query/campaign?campaign_id=spring-sale&limit=2", "/query/campaign?campaign_id=none", "/query/campaign?campaign_id=%E6%97%A5&channel=push",
            "/query/status?status=PENDING&from=2026-01-01&to=2026-01-03", "/query/status?from=2026-01-01&status=FAILED&to=2026-02-01&channel=sms&order=asc",
            "/query/user/?user_id=u", "/QUERY/USER?user_id=u", "/Query/Status?status=SENT&from=2026-01-01&to=2026-01-02", "/query/us%65r?user_id=u", "/%71uery/user?user_id=u",
            "/query/./user?user_id=u", "/query/../query/user?user_id=u", "/../query/user?user_id=u", "/query/%2e%2E/query/user?user_id=u", "/query/x/%2e./user?user_id=u",
            $"/query/user?user_id={new string('x', 2048)}", $"/query/user?user_id={Repeat("%C3%A9", 1024)}"),
        .. All(400,
            "/query/user", "/query/user?", "/query/user??user_id=u", "/query/user?user_id", "/query/user?user_id=", "/query/user?=", "/query/user?=u", "/query/user?u", "/query/user?;",
            "/query/user?user_id=u;limit=5;user_id=v&limit=x", "/query/user?user_id=u&user_id=u", "/query/user?user_id=u&user_id=v", "/query/user?user_id=u&user_id", "/query/user?user_id=&user_id=u",
            "/query/user?User_Id=u", "/query/user?user_id[]=u", "/query/user?user_id=u&page=2", "/query/user?user_id=u&page=2&page=3", "/query/user?user_id=u&%3Cscript%3E=1",
            "/query/user?user_id=%", "/query/user?user_id=%%", "/query/user?user_id=100%", "/query/user?user_id=%4", "/query/user?user_id=%zz", "/query/user?user_id=%u0041", "/query/user?user_id=%+1",
            "/query/user?user_id=%FF", "/query/user?user_id=a%FFb", "/query/user?user_id=%C3", "/query/user?user_id=%C3%28", "/query/user?user_id=%C0%AF", "/query/user?user_id=%ED%A0%80",
            "/query/user?user_id=%F4%90%80%80", "/query/user?user_id=%80", "/query/user?user_id=%E6%97", "/query/user?user_id=%EF%BF%BD", "/query/user?user_id=%FE%FF%00u",
            "/query/user?user_id=%00", "/query/user?user_id=u%00", "/query/user?user_id=%0A", "/query/user?user_id=u%0D%0AX-Header:+1", "/query/user?user_id=%09", "/query/user?user_id=%1B[0m",
            "/query/user?user_id=%7F", "/query/user?user_id=%C2%85",
            "/query/user?%FF=1", "/query/user?%00=1", "/query/user?%=1", "/query/user?%0D%0A=1", "/query/user?user_id=u&%C3%28", "/query/user?user_id%00=u", "/query/user?%E6%97%A5=u",
            "/query/user?user_id=u&limit=0", "/query/user?user_id=u&limit=101", "/query/user?user_id=u&limit=%2B5", "/query/user?user_id=u&limit=+5", "/query/user?user_id=u&limit=%D9%A1", "/query/user?user_id=u&limit=99999999999999999999",
            "/query/user?user_id=u&limit=%FF", "/query/user?user_id=u&limit=%00", "/query/user?user_id=u&limit=", "/query/user?user_id=u&order=ASC", "/query/user?user_id=u&order=", "/query/user?user_id=u&order=asc&order=desc",
            "/query/user?user_id=u&status=failed", "/query/user?user_id=u&channel=fax", "/query/user?user_id=u&channel=%00", "/query/user?user_id=u&cursor=AAAA", "/query/user?user_id=u&cursor=%FF", "/query/user?user_id=u&cursor=",
            "/query/user?user_id=u&cursor=%E6%97%A5", $"/query/user?user_id=u&cursor={new string('A', 6000)}",
            "/query/user?user_id=u&from=2026-01-01T00:00:00+02:00", "/query/user?user_id=u&from=2026-02-30", "/query/user?user_id=u&from=%D9%A2%D9%A0", "/query/user?user_id=u&from=now", "/query/user?user_id=u&from=2026-01-02&to=2026-01-01",
            "/query/user?user_id=u&from=0001-01-01T00:00:00%2B14:00", "/query/user?user_id=u&to=9999-12-31T23:59:59-14:00", "/query/user?user_id=u&from=10000-01-01", "/query/user?user_id=u&from=2026-01-01%00",
            "/query/transaction", "/query/transaction?transaction_id=", "/query/transaction?transaction_id=t&limit=5", "/query/transaction?transaction_id=%FF", "/query/campaign", "/query/campaign?campaign_id=%00", "/query/campaign?user_id=u",
            "/query/status", "/query/status?status=SENT", "/query/status?status=LOST&from=2026-01-01&to=2026-01-02", "/query/status?status=SENT&from=2026-01-01&to=2026-03-01", "/query/status?status=%FF&from=%00&to=%",
            "/query/status?status=SENT&status=FAILED&from=2026-01-01&to=2026-01-02",
            $"/query/user?user_id={new string('x', 2049)}", $"/query/user?user_id={Repeat("%C3%A9", 1025)}", $"/query/user?{new string('n', 7000)}=1", $"/query/user?user_id=u{Repeat("&user_id=u", 600)}",
            $"/query/user?user_id=u{string.Concat(Enumerable.Range(0, 800).Select(i => $"&p{i}=1"))}", $"/query/user?{Repeat("%", 6000)}", $"/query/user?user_id={Repeat("%F0%9F%98%80", 700)}"),
        .. All(404,
            "/openapi", "/openapi/v2.json", "/openapi/v1.yaml", "/docs/nothing", "/docs/../docs/nothing.js",
            "/", "/?user_id=u", "/query", "/query/", "/query/nothing", "/query/user/u", "/query/users?user_id=u", "/queryuser?user_id=u", "/nothing", "/favicon.ico", "/.env", "/query.user",
            "//query/user?user_id=u", "/query//user?user_id=u", "///", "//", "//localhost/query/user?user_id=u", "/query/user//?user_id=u", "/query/user/..?user_id=u", "/..", "/../..", "/./", "/query/...",
            "/query%2Fuser?user_id=u", "/query%2fuser?user_id=u", "/query%252Fuser?user_id=u", "/query/user%2F?user_id=u", "/query/us%2565r?user_id=u", "/query/user%20?user_id=u", "/query/user+?user_id=u", "/query/%FF",
            "/query/%C3%28", "/query/%", "/query/%zz", "/query/%C3%A9", "/query/%E6%97%A5", "/query/%0A", "/query/%0D%0Ax", "/query/user;v=1?user_id=u", "/query/user&user_id=u", "/query/user=u", "/query\\user", "/query/user%3Fuser_id=u",
            "/query/user%23", "/query/{kind}", "/query/*", "/query/user:1", $"/query/{new string('a', 4000)}", $"/{Repeat("a/", 2000)}", $"/query/{Repeat("%E6%97%A5", 500)}", $"/query/{Repeat("\\", 4000)}",
            "/query/transaction?transaction_id=nobody-knows-it", "/query/transaction?transaction_id=%E6%97%A5", "/query/transaction?transaction_id=a%2Fb+c"),
        .. from path in (string[])["/query/user", "/query/transaction?transaction_id=t", "/query/campaign", "/query/status/?x=%FF"]
           from method in (string[])["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND"]
           select (new RawRequest(method, path), 405),
        (new("POST", "/query/user?user_id=u") { Headers = ["Content-Type: application/json"], Body = "{\"user_id\":\"u\"}" }, 405),
        (new("POST", "/query/user?user_id=u") { Headers = ["Content-Type: application/octet-stream"], Body = "\u00ff\u0000\u00fe" }, 405),
        (new("POST", "/query/user?user_id=u") { Headers = ["Content-Type: ;;;"], Body = "x" }, 405),
        (new("PUT", "/query/user") { Headers = ["X-HTTP-Method-Override: GET"], Body = "x" }, 405),
        (new("OPTIONS", "/query/user") { Headers = ["Origin: https://example.com", "Access-Control-Request-Method: GET"] }, 405),
        (new("GET", "/docs"), 301),
        .. from method in (string[])["GET", "HEAD"]
           from condition in (string[])["If-None-Match: *", "If-None-Match: {etag}", "If-None-Match: W/{etag}", "If-None-Match: \"a\", {etag}"]
           select (new RawRequest(method, "/query/user?user_id=nobody") { Headers = [condition.Replace("{etag}", TagOfNothing, StringComparison.Ordinal)] }, 304),
        (new("GET", "/query/user?user_id=nobody") { Headers = [$"If-Match: {TagOfNothing}"] }, 200),
        (new("GET", "/query/user?user_id=nobody") { Headers = ["If-Match: \"a\""] }, 412),
        (new("HEAD", "/query/user?user_id=nobody") { Headers = ["If-Match: \"a\""] }, 412),
        (new("GET", "/query/user") { Headers = ["If-None-Match: *"] }, 400),
        (new("GET", "/query/user?user_id=nobody") { Headers = ["Origin: https://app.example.com", "Origin: https://b.example.com"] }, 200),
        (new("POST", "/nothing") { Body = "x" }, 404),
        (new("OPTIONS", "/"), 404),
        (new("get", "/query/user?user_id=u"), 200),
        (new("GET", "/query/user?user_id=u") { Body = "a body that nobody asked for" }, 200),
        .. from request in (IEnumerable<(string Target, int Status)>)
               [("/health", 200), ("/query/user?user_id=u", 200), ($"/query/user?user_id={User}", 200), ("/query/user", 400), ("/query/user?user_id=%FF", 400), ("/query/nothing", 404), ("/", 404), ("/query/transaction?transaction_id=t", 404)]
           select (new RawRequest("HEAD", request.Target), request.Status),
        .. from accept in (string[])["*/*", "application/json", "application/problem+json", "text/html", "image/png", "text/*;q=0.1", "application/json;q=0", "nonsense", ";;;", "", "\u00c3\u00a9", $"text/html, {new string('x', 3000)}"]
           from request in (IEnumerable<(string Method, string Target, int Status)>)[("GET", "/query/user?user_id=u", 200), ("GET", "/query/user", 400), ("GET", "/nothing", 404), ("POST", "/query/user", 405)]
           select (new RawRequest(request.Method, request.Target) { Headers = [$"Accept: {accept}"] }, request.Status),
        .. from header in (string[])
               [
                   $"X-Big: {new string('x', 8000)}", "X-Name: Zo\u00c3\u00ab", "Authorization: Zo\u00c3\u00ab", "Authorization: Bearer x.y.z", "Authorization: \u0001", "If-Match: *", "If-Match: nonsense", "If-None-Match: \"other\"", "If-None-Match: \u00c3\u00ab", "If-None-Match: \"",
                   "Cookie: a=b; c=%FF; =; ;", "X-Amzn-Trace-Id: Zo\u00c3\u00ab", "X-Amzn-Trace-Id: \u0001", "X-Amzn-Trace-Id: Root=nonsense", "traceparent: nonsense", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                   "tracestate: \u00c3\u00ab", "baggage: a=%FF,=,\u00c3\u00ab", "Accept-Encoding: gzip, br", "Accept-Language: \u00c3\u00ab", "User-Agent: ", "Content-Type: nonsense", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Prefix: /nothing",
                   "X-Original-URL: /nothing", "Range: bytes=0-1", "Origin: https://example.com", "Expect: 100-continue",
               ]
           select (new RawRequest("GET", "/query/user?user_id=u") { Headers = [header] }, 200),
        (new("GET", "/query/user?user_id=u") { Headers = ["Accept: text/html", $"Accept: {Problem}", "If-None-Match: \"a\"", "If-None-Match: \"b\""] }, 200),
        (new("GET", "/query/user?user_id=u") { Headers = [.. Enumerable.Range(0, 90).Select(i => $"X-{i}: {i}")] }, 200),
        (new("GET", "http://{authority}/query/user?user_id=u"), 200),
        (new("GET", "http://{authority}/query/../nothing"), 404),
    ];

    /// <summary>Combinations that nobody would think of; the same ones in each run.</summary>
    public static IEnumerable<RawRequest> Generated(int count)
    {
        var random = new Random(20261122);
        var given = new HashSet<RawRequest>();
        while (given.Count < count)
        {
            var path = Pick(Paths);
            var parameters = Enumerable.Range(0, random.Next(1, 6)).Select(_ => $"{Pick(Names)}{Pick("=", "=", "=", "=", "")}{Pick(Values)}").ToList();
            // Mostly what the query needs is there, so that not each request ends at the same missing parameter.
            if (random.Next(3) > 0 && path.Contains("user", StringComparison.OrdinalIgnoreCase)) parameters.Insert(0, $"user_id={Pick(Values)}");
            if (random.Next(3) > 0 && path.EndsWith("status", StringComparison.Ordinal)) parameters = ["status=SENT", "from=2026-01-01", $"to={Pick(Values)}", .. parameters.Take(1)];
            given.Add(new(Pick(Methods), $"{path}?{string.Join(Pick("&", "&", "&", "&&", ";"), parameters)}"));
        }

        return given;

        string Pick(params string[] from) => from[random.Next(from.Length)];
    }

    private static IEnumerable<(RawRequest, int)> All(int status, params string[] targets) => targets.Select(target => (new RawRequest("GET", target), status));

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
