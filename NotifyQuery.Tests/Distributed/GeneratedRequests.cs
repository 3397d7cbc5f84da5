namespace NotifyQuery.Tests.Distributed;

/// <summary>Requests that chance makes of odd values, names, paths and methods.</summary>
internal static class GeneratedRequests
{
    private static readonly string[] Values =
    [
        "",
        "u",
        "u+v",
        "u%20v",
        "u%2Bv",
        "%2F",
        "%2f..%2F",
        "a/b",
        "..",
        "%2e%2e",
        "%25",
        "%2525",
        "%",
        "%%",
        "%4",
        "%zz",
        "%u0041",
        "a%",
        "%C3%A9",
        "%c3%a9",
        "e%CC%81",
        "%E6%97%A5%E6%9C%AC",
        "%F0%9F%98%80",
        "%00",
        "a%00b",
        "%01",
        "%0A",
        "%0D%0A",
        "%7F",
        "%C2%85",
        "%FF",
        "%C3",
        "%C3%28",
        "%C0%AF",
        "%ED%A0%80",
        "%F4%90%80%80",
        "%EF%BF%BD",
        "%EF%BF%BF",
        "%E2%80%AE",
        "=",
        "a=b",
        "a;b",
        "a%26b",
        "a%3Db",
        "%23",
        "#",
        "?",
        "'",
        "%22",
        "\"",
        "<b>",
        "%3Cb%3E",
        "|",
        "^",
        "`",
        "{}",
        "[0]",
        "\\",
        "~",
        "*",
        "(",
        "!",
        "@",
        ":",
        ",",
        "$",
        "0",
        "1",
        "20",
        "100",
        "101",
        "-1",
        "%2B5",
        "1.5",
        "NaN",
        "FAILED",
        "SENT",
        "failed",
        "push",
        "in_app",
        "PUSH",
        "asc",
        "desc",
        "2026-01-01",
        "2026-01-20",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00+02:00",
        "2026-01-01T00:00:00%2B02:00",
        "0001-01-01",
        "9999-12-31",
        "2026-02-30",
        "%D9%A1%D9%A2",
        "AAAA",
        ParityRequests.User,
    ];

    private static readonly string[] Names =
    [
        "user_id",
        "transaction_id",
        "campaign_id",
        "from",
        "to",
        "status",
        "channel",
        "order",
        "limit",
        "cursor",
        "User_Id",
        "user%5Fid",
        "user_id[]",
        "page",
        "",
        "%FF",
        "%00",
        "%",
        "+",
        "a.b",
        "%C3%A9",
    ];

    private static readonly string[] Paths =
    [
        "/query/user",
        "/query/user",
        "/query/transaction",
        "/query/campaign",
        "/query/status",
        "/query/status",
        "/query/user/",
        "/QUERY/User",
        "/query/us%65r",
        "/query//user",
        "/query/nothing",
    ];

    private static readonly string[] Methods = ["GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "POST", "DELETE"];

    /// <summary>Combinations that nobody would think of; the same ones in each run.</summary>
    public static IEnumerable<RawRequest> Generated(int count)
    {
        var random = new Random(20261122);
        var given = new HashSet<RawRequest>();
        while (given.Count < count)
        {
            var path = Pick(Paths);
            var parameters = Enumerable
                .Range(0, random.Next(1, 6))
                .Select(_ => $"{Pick(Names)}{Pick("=", "=", "=", "=", "")}{Pick(Values)}")
                .ToList();
            // Mostly what the query needs is there, so that not each request ends at the same missing parameter.
            if (random.Next(3) > 0 && path.Contains("user", StringComparison.OrdinalIgnoreCase))
                parameters.Insert(0, $"user_id={Pick(Values)}");
            if (random.Next(3) > 0 && path.EndsWith("status", StringComparison.Ordinal))
                parameters = ["status=SENT", "from=2026-01-01", $"to={Pick(Values)}", .. parameters.Take(1)];
            given.Add(new(Pick(Methods), $"{path}?{string.Join(Pick("&", "&", "&", "&&", ";"), parameters)}"));
        }

        return given;

        string Pick(params string[] from) => from[random.Next(from.Length)];
    }
}
