using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace NotifyQuery.Tests.Support;

/// <summary>The value of an attribute as JSON in ASCII: invalid Unicode can be written only with escapes.</summary>
/// <param name="Json">E.g. <c>{"S":"x"}</c>.</param>
/// <param name="Text">The text of a string; null for all other values, and for a text that counts as missing.</param>
/// <param name="Bad">Whether the value is invalid for an attribute of a command.</param>
internal sealed record OddValue(string Json, string? Text = null, bool Bad = false)
{
    /// <summary>How many levels of maps and lists DynamoDB accepts around the innermost scalar.</summary>
    public const int MostLevels = 31;

    private const int LongestText = 24;
    private const string NullJson = """{"NULL":true}""";
    private const string EmptyJson = """{"S":""}""";

    /// <summary>Characters of every kind and plane. A supplementary character is two code units.</summary>
    private static readonly Gen<string> AnyCharacter = Gen.Frequency(
        (6, Gen.Choose('a', 'z').Select(Character)),
        (
            1,
            Gen.Elements(
                "\"",
                "\\",
                "/",
                "<",
                "%",
                "#",
                "\u0000",
                "\u001b",
                "\r\n",
                "\t",
                "\u007f",
                "\u0085",
                "\u2028",
                "\uFEFF",
                "\uFFFD",
                "\uFFFE",
                "\uFFFF"
            )
        ),
        (1, Gen.Choose(0x00A0, 0xD7FF).Select(Character)),
        (1, Gen.Choose(0xE000, 0xFFFF).Select(Character)),
        (1, from plane in Gen.Choose(1, 16) from rest in Gen.Choose(0, 0xFFFF) select Character((plane << 16) + rest))
    );

    private static readonly Gen<string> AnySurrogate = Gen.Choose(0xD800, 0xDFFF).Select(unit => ((char)unit).ToString());

    /// <summary>Text of any characters, at least one.</summary>
    public static Gen<string> AnyText { get; } = TextOf(1, LongestText);

    /// <summary>Text with half of a surrogate pair, at the end or within the text.</summary>
    public static Gen<string> AnyLoneText { get; } =
        from before in TextOf(0, 4)
        from half in AnySurrogate
        from after in TextOf(0, 4)
        select $"{before}x{half}{(after.Length == 0 ? "" : "x" + after)}";

    /// <summary>A number as DynamoDB accepts it: up to 38 digits, with exponents.</summary>
    public static Gen<string> AnyNumber { get; } =
        Gen.OneOf(
            Gen.Choose(-1000, 1000).Select(number => number.ToString(CultureInfo.InvariantCulture)),
            from first in Gen.Choose(1, 9)
            from digits in Gen.ArrayOf(Gen.Choose(0, 9), 37)
            from sign in Gen.Elements("", "-")
            from form in Gen.Elements("{0}{1}", "{0}.{1}", "{0}.{1}E+125", "{0}.{1}E-130", "{0}{1}E-100")
            select sign + string.Format(CultureInfo.InvariantCulture, form, first, string.Concat(digits))
        );

    /// <summary>A value that DynamoDB accepts, of any type and any depth.</summary>
    public static Gen<string> Any { get; } =
        from levels in Gen.Frequency(
            (6, Gen.Constant(0)),
            (2, Gen.Choose(1, 4)),
            (1, Gen.Choose(5, MostLevels)),
            (1, Gen.Constant(MostLevels))
        )
        from value in Nested(Leaf(emptyContainers: levels < MostLevels), levels)
        select value;

    /// <summary>A value of any type except string and NULL.</summary>
    public static Gen<string> AnyOtherType { get; } =
        Any.Where(json => !json.StartsWith("{\"S\":", StringComparison.Ordinal) && json != NullJson);

    /// <summary>
    /// A value that no DynamoDB accepts, but some engines return: an empty map or list without its type, or a contradictory value.
    /// </summary>
    public static Gen<string> AnyOnlyReturned { get; } =
        Gen.Elements("{}", """{"NULL":false}""", """{"S":"x","N":"1"}""", """{"M":{},"L":[]}""", """{"BOOL":true,"NULL":true}""");

    public static OddValue Null { get; } = new(NullJson);

    public static OddValue Empty { get; } = new(EmptyJson);

    /// <summary>A valid text.</summary>
    public static OddValue Of(string text) => new(StringJson(text), text);

    /// <summary>A value that is invalid for an attribute of a command.</summary>
    public static OddValue Wrong(string json) => new(json, null, Bad: true);

    public static string StringJson(string text) => $$"""{"S":{{Quote(text)}}}""";

    /// <summary>Any text as a JSON string of ASCII characters.</summary>
    public static string Quote(string text)
    {
        var json = new StringBuilder(text.Length + 2).Append('"');
        foreach (var unit in text)
        {
            if (unit is >= ' ' and <= '~' and not ('"' or '\\'))
                json.Append(unit);
            else
                json.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
        }

        return json.Append('"').ToString();
    }

    private static Gen<string> TextOf(int shortest, int longest) =>
        Gen.Choose(shortest, longest).SelectMany(length => Gen.ArrayOf(AnyCharacter, length)).Select(string.Concat);

    private static Gen<string> Leaf(bool emptyContainers) =>
        Gen.Frequency(
            (3, AnyText.Select(StringJson)),
            (1, AnyLoneText.Select(StringJson)),
            (1, Gen.Elements(EmptyJson, NullJson, """{"BOOL":true}""", """{"BOOL":false}""", """{"B":""}""")),
            (1, AnyNumber.Select(number => $$"""{"N":"{{number}}"}""")),
            (1, AnyBytes.Select(bytes => $$"""{"B":"{{bytes}}"}""")),
            (1, SetOf(Gen.OneOf(AnyText, AnyLoneText, Gen.Constant("")).Select(Quote), "SS")),
            (1, SetOf(Gen.Choose(-50, 50).Select(number => $"\"{number.ToString(CultureInfo.InvariantCulture)}\""), "NS")),
            (1, SetOf(AnyBytes.Select(bytes => $"\"{bytes}\""), "BS")),
            (emptyContainers ? 1 : 0, Gen.Elements("""{"M":{}}""", """{"L":[]}"""))
        );

    private static Gen<string> AnyBytes =>
        Gen.Choose(0, 12)
            .SelectMany(length => Gen.ArrayOf(Gen.Choose(0, 255), length))
            .Select(bytes => Convert.ToBase64String([.. bytes.Select(b => (byte)b)]));

    private static Gen<string> SetOf(Gen<string> element, string type) =>
        Gen.Choose(1, 4)
            .SelectMany(length => Gen.ArrayOf(element, length))
            .Select(elements => $$"""{"{{type}}":[{{string.Join(',', elements.Distinct())}}]}""");

    /// <summary>Wraps a value in the given number of maps and lists, some of which have another element.</summary>
    private static Gen<string> Nested(Gen<string> innermost, int levels) =>
        from value in innermost
        from names in Gen.ArrayOf(Gen.OneOf(AnyText, AnyLoneText), levels)
        from kinds in Gen.ArrayOf(Gen.Choose(0, 3), levels)
        select kinds
            .Zip(names)
            .Aggregate(
                value,
                (inner, level) =>
                    level.First switch
                    {
                        0 => $$"""{"L":[{{inner}}]}""",
                        1 => $$"""{"L":[{"NULL":true},{{inner}}]}""",
                        2 => $"{{\"M\":{{{Quote(level.Second)}:{inner}}}}}",
                        _ => $"{{\"M\":{{\"beside\":{{\"S\":\"\"}},{Quote(level.Second)}:{inner}}}}}",
                    }
            );

    private static string Character(int code) => char.ConvertFromUtf32(code is >= 0xD800 and <= 0xDFFF ? 0xFFFD : code);
}
