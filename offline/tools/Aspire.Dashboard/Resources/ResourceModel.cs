namespace Aspire.Dashboard.Resources;

/// <summary>A resource as the AppHost tells it and as the pages get it.</summary>
internal sealed record Resource
{
    public required string Name { get; init; }

    public string? DisplayName { get; init; }

    public string? Type { get; init; }

    public string? State { get; init; }

    public string? StateStyle { get; init; }

    public string? Health { get; init; }

    public IReadOnlyList<HealthReport> HealthReports { get; init; } = [];

    public double? StartedMs { get; init; }

    public double? StoppedMs { get; init; }

    public int? ExitCode { get; init; }

    public IReadOnlyList<ResourceUrl> Urls { get; init; } = [];

    public IReadOnlyList<NamedValue> Environment { get; init; } = [];

    public IReadOnlyList<NamedValue> Properties { get; init; } = [];

    public IReadOnlyList<ResourceCommand> Commands { get; init; } = [];

    public string? Parent { get; init; }

    public IReadOnlyList<string> References { get; init; } = [];

    public bool Hidden { get; init; }
}

internal sealed record HealthReport(string Name, string? Status, string? Description);

internal sealed record ResourceUrl(string? Name, string Url);

internal sealed record NamedValue(string Name, string? Value, bool Secret);

internal sealed record ResourceCommand(string Name, string DisplayName, string? Description, string? Confirmation, string State, bool Highlighted, string? IconName);

internal sealed record ResourceList(IReadOnlyList<Resource> Resources);

internal sealed record RemovedResource(string Name);

/// <summary>What the AppHost sends, one a line: first all resources, then each that changes.</summary>
internal sealed record ResourceChange(IReadOnlyList<Resource>? Resources, Resource? Resource);

internal sealed record CommandResult(bool Success, bool Canceled, string? Message, string? ResultText);

internal sealed record RevealedValue(string? Value);

/// <summary>A line as the AppHost has it.</summary>
internal sealed record PrintedLine(int N, double? TimeMs, string Text, bool Error);

internal sealed record PrintedLines(IReadOnlyList<PrintedLine> Lines);

internal sealed record ConsoleLine(int N, double? TimeMs, string Text, bool Error, string? Level);

internal sealed record ConsoleLines(IReadOnlyList<ConsoleLine> Lines);
