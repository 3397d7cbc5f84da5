using System.Text.RegularExpressions;

namespace NotifyQuery.LambdaEmulator.Gateway;

/// <summary>A method and a path template, and the function that serves them.</summary>
internal sealed partial record Route
{
    private const string Any = "ANY";

    private readonly string[] segments;

    public Route(string function, string method, string path, Uri endpoint)
    {
        Function = function;
        Method = method.ToUpperInvariant();
        Path = path;
        segments = path.TrimStart('/').Split('/');
        InvokeAddress = new Uri(endpoint, $"/2015-03-31/functions/{Uri.EscapeDataString(function)}/invocations");

        if (path != "/" && segments.FirstOrDefault(s => !Segment().IsMatch(s)) is { } odd)
            throw new FormatException($"the segment '{odd}' of path {path} is neither plain text nor a {{variable}}");
        if (segments.SkipLast(1).Any(IsGreedy))
            throw new FormatException($"path {path} has a greedy variable that is not its last segment");
    }

    public string Function { get; }

    public string Method { get; }

    public string Path { get; }

    public Uri InvokeAddress { get; }

    public string Key => $"{Method} {Path}";

    /// <summary>Of two routes that match, the more specific one compares greater.</summary>
    public (int Literals, int BeforeGreedy, int Greedy, int Variables, int Segments, int Specific) Rank =>
        (
            segments.Count(s => !IsVariable(s)),
            segments.TakeWhile(s => !IsGreedy(s)).Count(),
            -segments.Count(IsGreedy),
            -segments.Count(s => IsVariable(s) && !IsGreedy(s)),
            -segments.Length,
            Method == Any ? 0 : 1
        );

    /// <summary>Matches the segments of a path as sent, still encoded. The values of the variables are decoded.</summary>
    public bool TryMatch(string method, string[] path, out Dictionary<string, string>? variables)
    {
        variables = null;
        if (Method != Any && !Method.Equals(method, StringComparison.OrdinalIgnoreCase))
            return false;
        var greedy = IsGreedy(segments[^1]);
        if (greedy ? path.Length < segments.Length : path.Length != segments.Length)
            return false;

        for (var i = 0; i < segments.Length; i++)
        {
            var segment = segments[i];
            if (IsGreedy(segment))
                (variables ??= [])[segment[1..^2]] = Uri.UnescapeDataString(string.Join('/', path.AsSpan(i)));
            else if (!IsVariable(segment))
            {
                if (segment != Uri.UnescapeDataString(path[i]))
                    return false;
            }
            else if (path[i].Length == 0)
                return false;
            else
                (variables ??= [])[segment[1..^1]] = Uri.UnescapeDataString(path[i]);
        }

        return true;
    }

    private static bool IsVariable(string segment) => segment.StartsWith('{');

    private static bool IsGreedy(string segment) => segment.EndsWith("+}", StringComparison.Ordinal);

    [GeneratedRegex(@"^(\{[\w.:-]+\+?\}|[a-zA-Z0-9.:_-]+)$")]
    private static partial Regex Segment();
}
