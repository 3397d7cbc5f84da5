#nullable enable
using System.Globalization;

namespace Amazon.Lambda.RuntimeSupport.Logging;

/// <summary>
/// A message with placeholders: {name}, {name:format}, {@name}, or positional {0}. Without arguments the message is literal text, so a line
/// of JSON on the console is not changed.
/// </summary>
internal sealed class MessageTemplate(string template, object?[] args)
{
    private const int ShownBytes = 16;

    public string Render() =>
        args.Length == 0
            ? template
            : string.Concat(
                Parts().Select(part => part is { Hole: { } hole } && hole < args.Length ? Text(args[hole], part.Format) : part.Source)
            );

    /// <summary>The named placeholders with their arguments. Positional placeholders have no name.</summary>
    public IEnumerable<(string Name, object? Value)> Values()
    {
        foreach (var part in args.Length == 0 ? [] : Parts())
        {
            if (part is { Hole: { } hole, Name.Length: > 0 } && hole < args.Length && !char.IsAsciiDigit(part.Name[0]))
                yield return (part.Name, args[hole]);
        }
    }

    public static string Text(object? value, string? format) =>
        value switch
        {
            null => "",
            byte[] bytes => Convert.ToHexString(bytes.AsSpan(0, Math.Min(bytes.Length, ShownBytes)))
                + (bytes.Length > ShownBytes ? "..." : ""),
            IFormattable formattable => formattable.ToString(format, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };

    private IEnumerable<Part> Parts()
    {
        var holes = 0;
        for (var i = 0; i < template.Length; )
        {
            var brace = template.AsSpan(i).IndexOfAny('{', '}') is var offset && offset >= 0 ? i + offset : template.Length;
            if (brace > i)
                yield return Literal(template[i..brace]);
            i = brace;
            if (i == template.Length)
                yield break;

            var doubled = i + 1 < template.Length && template[i + 1] == template[i];
            var end = template[i] == '{' && !doubled ? template.IndexOf('}', i) : -1;
            if (end < 0)
            {
                yield return Literal(template[i].ToString());
                i += doubled ? 2 : 1;
                continue;
            }

            yield return Hole(template[i..(end + 1)], holes++);
            i = end + 1;
        }
    }

    private static Part Literal(string text) => new(text, "", null, null);

    private static Part Hole(string source, int order)
    {
        var inner = source[1..^1];
        var colon = inner.IndexOf(':', StringComparison.Ordinal);
        var name = (colon < 0 ? inner : inner[..colon]).TrimStart('@').Trim();
        var index = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : order;
        return new Part(source, name, colon < 0 ? null : inner[(colon + 1)..], index);
    }

    private readonly record struct Part(string Source, string Name, string? Format, int? Hole);
}
