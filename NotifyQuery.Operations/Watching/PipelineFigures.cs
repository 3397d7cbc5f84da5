using System.Text.Json.Serialization;

namespace NotifyQuery.Operations.Watching;

/// <summary>
/// The pipeline at one moment. What is not measured where the system runs, or is not known at this moment, is null: no figure is made up.
/// </summary>
/// <param name="At">When it was looked at (UTC).</param>
/// <param name="Write">The write side.</param>
/// <param name="Read">The read side.</param>
/// <param name="Problems">What did not answer, or reports an error, one sentence each.</param>
public sealed record PipelineFigures(DateTimeOffset At, WriteSideFigures Write, ReadSideFigures Read, IReadOnlyList<string> Problems);

/// <summary>command-records → stream → StreamProcessor → notification-records. Rates are per second, since the moment before.</summary>
public sealed record WriteSideFigures
{
    /// <summary>What the event source does, e.g. <c>delivering</c>; <c>unreachable</c> if it does not answer.</summary>
    public string? State { get; init; }

    /// <summary>Write capacity units that command-records takes.</summary>
    public double? CommandUnitsPerSecond { get; init; }

    /// <summary>Stream records that are read.</summary>
    public double? ReadPerSecond { get; init; }

    /// <summary>Invocations of the StreamProcessor that end.</summary>
    public double? InvocationsPerSecond { get; init; }

    /// <summary>Those of them that fail, or report records that are to be delivered again.</summary>
    public double? FailedInvocationsPerSecond { get; init; }

    /// <summary>Stream records that are done: applied, or found to be known already, or kept as dead letters.</summary>
    public double? DonePerSecond { get; init; }

    /// <summary>Write capacity units that notification-records takes.</summary>
    public double? ProjectionUnitsPerSecond { get; init; }

    /// <summary>Stream records that are read and not done.</summary>
    public long? Outstanding { get; init; }

    /// <summary>Invocations of the StreamProcessor that are under way.</summary>
    public long? InFlight { get; init; }

    /// <summary>
    /// Seconds from the commit of a command until its change was done, of the oldest record of the last batch; null while none is done.
    /// </summary>
    public double? LagSeconds { get; init; }

    /// <summary>The age in seconds of the oldest stream record that is read and not done.</summary>
    public double? IteratorAgeSeconds { get; init; }

    /// <summary>Dead letters of today and yesterday that are not settled.</summary>
    public long? DeadLetters { get; init; }
}

/// <summary>gateway → Query → Handler → QueryResult → notification-records.</summary>
public sealed record ReadSideFigures
{
    /// <summary>Requests at the gateway.</summary>
    public HopFigures Gateway { get; init; } = HopFigures.Unknown;

    /// <summary>Invocations of the Query function.</summary>
    public HopFigures Query { get; init; } = HopFigures.Unknown;

    /// <summary>Queries at the Handler.</summary>
    public HopFigures Handler { get; init; } = HopFigures.Unknown;

    /// <summary>Invocations of the QueryResult function.</summary>
    public HopFigures QueryResult { get; init; } = HopFigures.Unknown;

    /// <summary>Read capacity units that notification-records gives.</summary>
    public double? UnitsPerSecond { get; init; }

    /// <summary>The read side as its callers see it: the first hop that is measured.</summary>
    [JsonIgnore]
    public HopFigures Front =>
        ((HopFigures[])[Gateway, Query, Handler, QueryResult]).FirstOrDefault(hop => hop != HopFigures.Unknown, HopFigures.Unknown);
}

/// <summary>One hop of the read side.</summary>
/// <param name="PerSecond">Requests or invocations that end.</param>
/// <param name="FailedPerSecond">Those of them that fail (5xx).</param>
/// <param name="P50">Half of them take at most so many milliseconds; null while there are none.</param>
/// <param name="P99">99 in a hundred take at most so many milliseconds.</param>
public sealed record HopFigures(double? PerSecond, double? FailedPerSecond, double? P50, double? P99)
{
    /// <summary>Nothing is known.</summary>
    public static readonly HopFigures Unknown = new(null, null, null, null);
}

/// <summary>Where the figures come from: a system of this machine, or an account.</summary>
public interface IPipelineSource
{
    /// <summary>What is looked at, in a few words.</summary>
    string Name { get; }

    /// <summary>Looks at all of it. What does not answer is a problem in the figures, not an exception.</summary>
    Task<PipelineFigures> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>The JSON of the figures: one line for each moment.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PipelineFigures))]
public sealed partial class PipelineJson : JsonSerializerContext;
