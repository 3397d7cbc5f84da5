using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using NotifyQuery.Tests.Deploy;

namespace NotifyQuery.Tests.Distributed;

/// <summary>The requests of a <c>.http</c> file, as an editor sends them: with variables, and with values of answers before.</summary>
internal sealed partial class HttpFile
{
    private readonly Dictionary<string, string> variables = [];
    private readonly Dictionary<string, RawAnswer> answers = [];
    private readonly Dictionary<string, string> given;

    private HttpFile(Dictionary<string, string> given) => this.given = given;

    /// <summary>The Handler's file: what anybody may send, and what needs a system that requires tokens.</summary>
    public static async Task<(string Open, string Guarded)> ReadAsync()
    {
        var text = await Repository.ReadAsync("NotifyQuery.Handler/NotifyQuery.Handler.http");
        var divider = text.IndexOf("######", StringComparison.Ordinal);
        return (text[..divider], text[divider..]);
    }

    /// <summary>Writes the notifications of which the file asks.</summary>
    /// <param name="system">Where.</param>
    /// <param name="header">A header without which nobody may ask whether they are there.</param>
    public static async Task WriteRecordsAsync(RunningSystem system, string header)
    {
        var records = Enumerable.Range(0, 3).Select(_ => RunningSystem.NewRecord("user-0001")).ToList();
        foreach (var record in records)
            await system.Commands.PutAsync(record, TestContext.Current.CancellationToken);
        await RunningSystem.EventuallyAsync(
            "the records are seen",
            async () =>
            {
                var answer = await RawHttp.SendAsync(
                    system.Gateway.BaseAddress!,
                    new("GET", "/query/user?user_id=user-0001&limit=100") { Headers = [header] },
                    TestContext.Current.CancellationToken
                );
                return records.TrueForAll(record => answer.Body.Contains(record.TransactionId, StringComparison.Ordinal));
            }
        );
    }

    /// <summary>Sends all requests of a text to a server, in order, and compares what is answered with what the headings promise.</summary>
    /// <param name="text">The file, or a part of it.</param>
    /// <param name="server">Stands for the variable host.</param>
    /// <param name="given">Values of variables that a person would fill in.</param>
    /// <param name="header">A header to be added to every request.</param>
    public static async Task CompareAsync(string text, Uri server, Dictionary<string, string>? given = null, string? header = null)
    {
        var file = new HttpFile(given ?? []);
        var sent = 0;
        string? heading = null,
            name = null,
            requestLine = null;
        var headers = new List<string>();
        foreach (var line in (string[])[.. text.Split('\n').Select(line => line.TrimEnd('\r')), "### end: 0"])
        {
            if (line.StartsWith("### ", StringComparison.Ordinal))
            {
                if (requestLine is not null)
                    await EndAsync();
                (heading, name, requestLine) = (line[4..], null, null);
                headers.Clear();
            }
            else if (Variable().Match(line) is { Success: true } variable)
                file.variables[variable.Groups[1].Value] = variable.Groups[2].Value;
            else if (line.StartsWith("# @name ", StringComparison.Ordinal))
                name = line["# @name ".Length..];
            else if (line.StartsWith('#') || line.Length == 0)
                continue;
            else if (requestLine is null)
                requestLine = line;
            else
                headers.Add(line);
        }

        Assert.True(sent > 5, $"only {sent} requests");

        async Task EndAsync()
        {
            var parts = requestLine!.Split(' ', 2);
            Assert.StartsWith("{{host}}/", parts[1], StringComparison.Ordinal);
            var request = new RawRequest(parts[0], file.Fill(parts[1]["{{host}}".Length..]))
            {
                Headers = [.. headers.Select(file.Fill), .. header is null ? (string[])[] : [header]],
            };
            var answer = await RawHttp.SendAsync(server, request, TestContext.Current.CancellationToken);
            if (name is not null)
                file.answers[name] = answer;
            var expected = Heading().Match(heading!);
            Assert.True(expected.Success, $"'{heading}' does not end with the status that the request gets");
            Assert.True(
                answer.Status == int.Parse(expected.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
                $"{heading}, but {answer.Status} {answer.Body}"
            );
            sent++;
        }
    }

    private string Fill(string text) => Reference().Replace(text, match => ValueOf(match.Groups[1].Value));

    private string ValueOf(string name)
    {
        if (given.TryGetValue(name, out var value) || variables.TryGetValue(name, out value))
            return value;
        var parts = name.Split('.', 3);
        var answer = answers[parts[0]];
        if (parts[2].StartsWith("headers.", StringComparison.Ordinal))
            return answer.Header(parts[2]["headers.".Length..].ToLowerInvariant())!;
        Assert.StartsWith("body.$.", parts[2], StringComparison.Ordinal);
        var node = JsonDocument.Parse(answer.Body).RootElement;
        foreach (var step in Step().Matches(parts[2]["body.$.".Length..]).Select(step => step.Value))
            node = int.TryParse(step, out var index) ? node[index] : node.GetProperty(step);
        return node.GetString()!;
    }

    [GeneratedRegex("^@([a-z]+) = (.*)$")]
    private static partial Regex Variable();

    [GeneratedRegex("\\{\\{([^}]+)\\}\\}")]
    private static partial Regex Reference();

    [GeneratedRegex(": ([0-9]{3})$")]
    private static partial Regex Heading();

    [GeneratedRegex("[A-Za-z_]+|[0-9]+")]
    private static partial Regex Step();
}
