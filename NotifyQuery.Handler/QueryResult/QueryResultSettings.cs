using System.Globalization;
using NotifyQuery.ServiceDefaults;

namespace NotifyQuery.Handler.QueryResult;

/// <summary>The settings for invoking the QueryResult function (section <c>QueryResult</c>).</summary>
internal sealed record QueryResultSettings
{
    private const int StandardBreakAfter = 20;
    private static readonly TimeSpan StandardBreak = TimeSpan.FromSeconds(5);

    /// <summary>The name or ARN of the function: <c>FunctionName</c>.</summary>
    public required string FunctionName { get; init; }

    /// <summary>The time limit of a read, including all attempts: <c>TimeoutSeconds</c>.</summary>
    public TimeSpan Timeout { get; init; } = ReadTimeLimits.Read;

    /// <summary>
    /// The time limit of one invocation: <c>AttemptSeconds</c>. If not set, it is the same fraction of <see cref="Timeout"/> as the default
    /// values have.
    /// </summary>
    public TimeSpan AttemptTimeout { get; init; } = ReadTimeLimits.Invocation;

    /// <summary>
    /// The circuit opens if there were at least this many invocations within ten seconds, and half of them failed: <c>BreakAfter</c>.
    /// </summary>
    public int BreakAfter { get; init; } = StandardBreakAfter;

    /// <summary>How long the circuit stays open: <c>BreakSeconds</c>.</summary>
    public TimeSpan BreakDuration { get; init; } = StandardBreak;

    public static QueryResultSettings From(IConfiguration configuration)
    {
        var timeout = configuration.Seconds(
            "QueryResult:TimeoutSeconds",
            ReadTimeLimits.Read,
            ReadTimeLimits.Handler,
            "how long the Query function waits for the Handler"
        );
        return new()
        {
            FunctionName = configuration["QueryResult:FunctionName"] is { Length: > 0 } name
                ? name
                : throw new InvalidOperationException(
                    "QueryResult:FunctionName is not set: give the name or ARN of the QueryResult function"
                ),
            Timeout = timeout,
            AttemptTimeout = configuration.Seconds(
                "QueryResult:AttemptSeconds",
                timeout * (ReadTimeLimits.Invocation / ReadTimeLimits.Read),
                timeout,
                "QueryResult:TimeoutSeconds"
            ),
            BreakAfter = BreakAfterOf(configuration["QueryResult:BreakAfter"]),
            BreakDuration = BreakDurationOf(configuration["QueryResult:BreakSeconds"]),
        };
    }

    private static int BreakAfterOf(string? text)
    {
        if (text is null)
            return StandardBreakAfter;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 2 and <= 100_000
            ? count
            : throw new InvalidOperationException($"QueryResult:BreakAfter is '{text}': give a number of invocations from 2 to 100000");
    }

    private static TimeSpan BreakDurationOf(string? text)
    {
        if (text is null)
            return StandardBreak;
        return
            double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds is >= 0.5 and <= 300
            ? TimeSpan.FromSeconds(seconds)
            : throw new InvalidOperationException($"QueryResult:BreakSeconds is '{text}': give seconds from 0.5 to 300");
    }
}
