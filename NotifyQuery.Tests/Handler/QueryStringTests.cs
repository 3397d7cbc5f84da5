using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.Core.Queries;
using NotifyQuery.Handler.Queries;

namespace NotifyQuery.Tests.Handler;

/// <summary>Whatever stands in a query string: it is a query, or the errors name exactly what is bad.</summary>
public sealed class QueryStringTests
{
    private static readonly QueryParser Parser = new(new CursorCodec(Encoding.UTF8.GetBytes("a key of 32 bytes for the tests!")));

    private static readonly QueryKind[] Kinds = Enum.GetValues<QueryKind>();

    /// <summary>Values as they stand in a URL, good and bad, of each parameter.</summary>
    private static readonly Dictionary<string, (string[] Good, string[] Bad)> Values = new()
    {
        ["user_id"] = (["u", "a+b", "%E6%97%A5", "%F0%9F%98%80", "%25", new string('x', 2048)], [new string('x', 2049), .. NoText]),
        ["transaction_id"] = (["tx-1", "a=b"], NoText),
        ["campaign_id"] = (["spring", "%2F"], NoText),
        ["from"] = (
            ["2026-11-01", "2026-11-01T00:00:00%2B02:00"],
            ["now", "2026-02-30", "0001-01-01T00:00:00%2B14:00", new string('9', 5000), .. NoText]
        ),
        ["to"] = (["2026-11-02", "2026-11-15T08:15:30.5Z"], ["9999-12-31T23:59:59-14:00", "10000-01-01", "2026-11-22T24:00Z", .. NoText]),
        ["status"] = (["FAILED", "SENT"], ["failed", "LOST", .. NoText]),
        ["channel"] = (["push", "in_app"], ["fax", "PUSH", .. NoText]),
        ["order"] = (["asc", "desc"], ["ASC", "up", .. NoText]),
        ["limit"] = (["1", "20", "100"], ["0", "101", "-1", "1.5", "%2B5", "%D9%A1", "99999999999999999999", .. NoText]),
        ["cursor"] = ([], ["AAAA", "nonsense", "%E6%97%A5", new string('A', 9000), .. NoText]),
    };

    private static string[] NoText =>
        [
            "",
            "%FF",
            "%C3",
            "%C3%28",
            "%C0%AF",
            "%ED%A0%80",
            "%ED%B0%80",
            "%EF%BF%BD",
            "%",
            "%4",
            "%zz",
            "%00",
            "%0A",
            "%7F",
            "%C2%85",
            "a%00b",
        ];

    private static readonly string[] Unknown = ["page", "User_Id", "user_id[]", "%FF", "%00", "%E6%97%A5", "", "to%20"];

    [Fact]
    public void The_errors_name_exactly_the_parameters_that_are_bad()
    {
        var one =
            from name in Gen.Elements(Values.Keys.ToArray())
            from bad in Gen.Elements(false, false, true)
            let values = bad || Values[name].Good.Length == 0 ? Values[name].Bad : Values[name].Good
            from value in Gen.Elements(values)
            select (Encoded: name, Name: name, Value: value, Bad: bad || Values[name].Good.Length == 0);
        var unknown = from name in Gen.Elements(Unknown) select (Encoded: name, Name: Decoded(name), Value: "x", Bad: true);
        var strings =
            from kind in Gen.Elements(Kinds)
            from parameters in Gen.ListOf(Gen.Frequency((9, one), (1, unknown)))
            select (kind, parameters: parameters.ToList());

        Prop.ForAll(
                strings.ToArbitrary(),
                asked =>
                {
                    var (kind, parameters) = asked;
                    var allowed = QueryDefinition.Of(kind).Parameters;
                    string[] required = kind is QueryKind.Status ? ["status", "from", "to"] : [allowed[0]];
                    var names = parameters
                        .GroupBy(p => p.Name)
                        .Where(group => group.Count() > 1 || group.Any(p => p.Bad) || !allowed.Contains(group.Key))
                        .Select(group => group.Key)
                        .Union(required.Where(name => parameters.All(p => p.Name != name)))
                        .ToList();
                    // Of the names that are no parameters the first ten are told, and how many more there are.
                    var unknown = names.Except(allowed).ToList();
                    var bad = names.Except(unknown.Skip(10)).Concat(unknown.Count > 10 ? ["others"] : []).Order(StringComparer.Ordinal);

                    var parsed = Parse(kind, "?" + string.Join('&', parameters.Select(p => $"{p.Encoded}={p.Value}")));

                    Assert.Equal(bad, parsed.Errors.Keys);
                    Assert.Equal(parsed.Errors.Count == 0, parsed.Query is not null);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithReplay(2026, 21).WithMaxTest(2000));
    }

    [Fact]
    public void Whatever_bytes_are_sent_there_is_a_query_or_an_error_that_can_be_written_down()
    {
        const string likely = "%%%&&==+;0123456789ABCDEFabcdefuser_idlmtoc\u00ff\u0001\ud800\udc00é日";
        var strings =
            from kind in Gen.Elements(Kinds)
            from start in Gen.Elements(
                "",
                "user_id=",
                "user_id=u&limit=",
                "status=SENT&from=2026-01-01&to=",
                "user_id=u&cursor=",
                "transaction_id="
            )
            from rest in Gen.ArrayOf(
                Gen.Frequency((4, Gen.Elements(likely.ToCharArray())), (1, Gen.Choose(0, 0xFFFF).Select(code => (char)code)))
            )
            select (kind, text: "?" + start + new string(rest));

        Prop.ForAll(
                strings.ToArbitrary(),
                asked =>
                {
                    var parsed = Parse(asked.kind, asked.text);

                    Assert.NotEqual(parsed.Errors.Count == 0, parsed.Query is null);
                    if (parsed.Query is { } query)
                        Assert.Equal(query.Value, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(query.Value)));
                    foreach (var (name, problems) in parsed.Errors)
                    {
                        Assert.Equal(name, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name)));
                        Assert.NotEmpty(problems);
                    }
                }
            )
            .Check(Config.QuickThrowOnFailure.WithReplay(2026, 23).WithMaxTest(5000));
    }

    [Fact]
    public void Of_ten_thousand_unknown_parameters_ten_are_named_and_the_others_counted()
    {
        var parsed = Parse(QueryKind.User, "?user_id=u" + string.Concat(Enumerable.Range(0, 10_000).Select(i => $"&p{i}=1")));

        Assert.Equal(11, parsed.Errors.Count);
        Assert.Equal(["9990 more names are not parameters of this query"], parsed.Errors["others"]);
    }

    [Theory]
    [InlineData("0001-01-01", "0001-01-01T00:00:00.001Z", true)]
    [InlineData("0001-01-01", "0001-02-01", true)]
    [InlineData("0001-01-01", "0001-02-02", false)]
    [InlineData("9999-12-01", "9999-12-31T23:59:59.9999999Z", true)]
    [InlineData("9999-11-30", "9999-12-31T23:59:59.999Z", false)]
    [InlineData("9999-12-31T23:59:59.9990Z", "9999-12-31T23:59:59.9999Z", false)] // the same millisecond
    [InlineData("0001-01-01", "9999-12-31", false)]
    public void A_window_of_days_may_lie_at_either_end_of_time(string from, string to, bool accepted)
    {
        var parsed = Parse(QueryKind.Status, $"?status=FAILED&from={from}&to={to}");

        Assert.Equal(accepted, parsed.Query is not null);
        if (!accepted)
            Assert.Equal(["to"], parsed.Errors.Keys);
    }

    private static ParsedQuery Parse(QueryKind kind, string queryString) => Parser.Parse(kind, QueryParameters.Read(queryString));

    private static string Decoded(string name) =>
        name switch
        {
            "%FF" => "\uFFFD",
            "%00" => "\0",
            "%E6%97%A5" => "日",
            "to%20" => "to ",
            _ => name,
        };
}
