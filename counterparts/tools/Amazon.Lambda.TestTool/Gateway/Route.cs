using System.Text.RegularExpressions;

namespace Amazon.Lambda.TestTool.Gateway;

/// <summary>A method and a path template, and the function that serves them.</summary>
internal sealed partial record Route
{
    private const string Any = "ANY";

    private readonly string[] _segments;

    public Route(string function, string method, string path, Uri endpoint)
    {
        Function = function;
        Method = method.ToUpperInvariant();
        Path = path;
        _segments = path.TrimStart('/').Split('/');
        InvokeAddress = new Uri(endpoint, $"/2015-03-31/functions/{Uri.EscapeDataString(function)}/invocations");

        if (path != "/" && _segments.FirstOrDefault(s => !Segment().IsMatch(s)) is { } odd)
            throw new FormatException($"the segment '{odd}' of path {path} is neither plain text nor a {{variable}}");
        if (_segments.SkipLast(1).Any(IsGreedy))
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
            _segments.Count(s => !IsVariable(s)),
            _segments.TakeWhile(s => !IsGreedy(s)).Count(),
            -_segments.Count(IsGreedy),
            -_segments.Count(s => IsVariable(s) && !IsGreedy(s)),
            -_segments.Length,
            Method == Any ? 0 : 1
        );

    /// <summary>Matches the segments of a path as sent, still encoded. The values of the variables are decoded.</summary>
    public bool TryMatch(string method, string[] path, out Dictionary<string, string>? variables)
    {
        variables = null;
        if (Method != Any && !Method.Equals(method, StringComparison.OrdinalIgnoreCase))
            return false;
        var greedy = IsGreedy(_segments[^1]);
        if (greedy ? path.Length < _segments.Length : path.Length != _segments.Length)
            return false;

        for (var i = 0; i < _segments.Length; i++)
        {
            var segment = _segments[i];
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
