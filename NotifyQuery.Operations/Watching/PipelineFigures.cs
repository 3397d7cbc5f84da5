using System.Text.Json.Serialization;

namespace NotifyQuery.Operations.Watching;

/// <summary>
/// The pipeline at one moment. A figure that is not measured in this system, or not known at this moment, is null: no figure is invented.
/// </summary>
/// <param name="At">The time of the sample (UTC).</param>
/// <param name="Write">The write side.</param>
/// <param name="Read">The read side.</param>
/// <param name="Problems">Parts that did not answer, or report an error, one sentence each.</param>
public sealed record PipelineFigures(DateTimeOffset At, WriteSideFigures Write, ReadSideFigures Read, IReadOnlyList<string> Problems);

/// <summary>command-records → stream → StreamProcessor → notification-records. Rates are per second, since the previous sample.</summary>
public sealed record WriteSideFigures
{
    /// <summary>The state of the event source, e.g. <c>delivering</c>; <c>unreachable</c> if it does not answer.</summary>
    public string? State { get; init; }

    /// <summary>Write capacity units that command-records consumes.</summary>
    public double? CommandUnitsPerSecond { get; init; }

    /// <summary>Stream records that are read.</summary>
    public double? ReadPerSecond { get; init; }

    /// <summary>Invocations of the StreamProcessor that end.</summary>
    public double? InvocationsPerSecond { get; init; }

    /// <summary>Those of them that fail, or report records that are to be delivered again.</summary>
    public double? FailedInvocationsPerSecond { get; init; }

    /// <summary>Stream records that are done: applied, already known, or stored as dead letters.</summary>
    public double? DonePerSecond { get; init; }

    /// <summary>Write capacity units that notification-records consumes.</summary>
    public double? ProjectionUnitsPerSecond { get; init; }

    /// <summary>Stream records that are read and not done.</summary>
    public long? Outstanding { get; init; }

    /// <summary>Running invocations of the StreamProcessor.</summary>
    public long? InFlight { get; init; }

    /// <summary>
    /// Seconds from the commit of a command until its change was done, of the oldest record of the last batch; null if none is done.
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

    /// <summary>Read capacity units that notification-records consumes.</summary>
    public double? UnitsPerSecond { get; init; }

    /// <summary>The read side as its callers see it: the first hop that is measured.</summary>
    [JsonIgnore]
    public HopFigures Front =>
        ((HopFigures[])[Gateway, Query, Handler, QueryResult]).FirstOrDefault(hop => hop != HopFigures.Unknown, HopFigures.Unknown);
}

/// <summary>One hop of the read side.</summary>
/// <param name="PerSecond">Requests or invocations that end.</param>
/// <param name="FailedPerSecond">Those of them that fail (5xx).</param>
/// <param name="P50">Half of them take at most this many milliseconds; null if there are none.</param>
/// <param name="P99">99 of 100 take at most this many milliseconds.</param>
public sealed record HopFigures(double? PerSecond, double? FailedPerSecond, double? P50, double? P99)
{
    /// <summary>Nothing is known.</summary>
    public static readonly HopFigures Unknown = new(null, null, null, null);
}

/// <summary>The source of the figures: a system of this machine, or an account.</summary>
public interface IPipelineSource
{
    /// <summary>A short description of the source.</summary>
    string Name { get; }

    /// <summary>Reads all figures. A part that does not answer is a problem in the figures, not an exception.</summary>
    Task<PipelineFigures> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>The JSON of the figures: one line for each sample.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PipelineFigures))]
public sealed partial class PipelineJson : JsonSerializerContext;
