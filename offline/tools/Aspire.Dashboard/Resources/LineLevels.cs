using System.Text.RegularExpressions;

namespace Aspire.Dashboard.Resources;

/// <summary>Tells the level of a printed line, where its text does: by the console logger's prefixes, or by a level in JSON.</summary>
internal sealed partial class LineLevels
{
    private string? _last;

    public ConsoleLine Read(PrintedLine line)
    {
        var text = Escapes().Replace(line.Text, "");
        // What is indented belongs to the line before.
        var level = Prefixed(text) ?? InJson(text) ?? (text is [' ' or '\t', ..] ? _last : null);
        _last = level;
        return new(line.N, line.TimeMs, line.Text, line.Error, level); // with its colours: the pages show them
    }

    private static string? Prefixed(string text) => text.Length < 5 || text[4] != ':' ? null : text[..4] switch
    {
        "trce" => "trace",
        "dbug" => "debug",
        "info" => "info",
        "warn" => "warn",
        "fail" => "error",
        "crit" => "critical",
        _ => null,
    };

    private static string? InJson(string text) => text is not ['{', ..] || JsonLevel().Match(text) is not { Success: true } match
        ? null
        : match.Groups[1].Value.ToUpperInvariant() switch
        {
            "TRACE" => "trace",
            "DEBUG" => "debug",
            "INFORMATION" or "INFO" => "info",
            "WARNING" or "WARN" => "warn",
            "ERROR" => "error",
            "CRITICAL" or "FATAL" => "critical",
            _ => null,
        };

    [GeneratedRegex(@"\x1B\[[0-9;?]*[ -/]*[@-~]")]
    private static partial Regex Escapes();

    [GeneratedRegex("\"(?:level|LogLevel)\"\\s*:\\s*\"(\\w{4,11})\"")]
    private static partial Regex JsonLevel();
}
