using System.Text;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Tests.Core;

/// <summary>Parses the parameters of the tests of the parser, which say whether they are to be accepted.</summary>
internal static class QueryParsing
{
    public static readonly CursorCodec Cursors = new(Encoding.UTF8.GetBytes("a key of 32 bytes for the tests!"));
    public static readonly QueryParser Parser = new(Cursors);

    public static ParsedQuery Parse(QueryKind kind, params (string Name, string Value)[] parameters) =>
        Parser.Parse(kind, [.. parameters.Select(p => KeyValuePair.Create<string, IReadOnlyList<string>>(p.Name, [p.Value]))]);

    public static NotificationQuery Accepted(QueryKind kind, params (string Name, string Value)[] parameters)
    {
        var parsed = Parse(kind, parameters);
        Assert.Empty(parsed.Errors);
        return parsed.Query!;
    }

    public static IReadOnlyDictionary<string, string[]> Refused(QueryKind kind, params (string Name, string Value)[] parameters)
    {
        var parsed = Parse(kind, parameters);
        Assert.Null(parsed.Query);
        Assert.NotEmpty(parsed.Errors);
        return parsed.Errors;
    }
}
