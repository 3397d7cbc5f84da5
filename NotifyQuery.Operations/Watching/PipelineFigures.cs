using System.Text.Json.Serialization;

namespace NotifyQuery.Operations.Watching;

/// <summary>The pipeline at one moment. A figure that this system does not measure, or that is unknown at this moment, is null.</summary>
/// <param name="At">The time of the sample (UTC).</param>
/// <param name="Write">The write side.</param>
/// <param name="Read">The read side.</param>
/// <param name="Problems">Parts that did not respond, or that report an error, one sentence each.</param>
public sealed record PipelineFigures(DateTimeOffset At, WriteSideFigures Write, ReadSideFigures Read, IReadOnlyList<string> Problems);

/// <summary>command-records → stream → StreamProcessor → notification-records. Rates are per second, since the previous sample.</summary>
public sealed record WriteSideFigures
{
    /// <summary>The state of the event source, e.g. <c>delivering</c>; <c>unreachable</c> if it does not respond.</summary>
    public string? State { get; init; }

    /// <summary>Write capacity units that command-records consumes.</summary>
    public double? CommandUnitsPerSecond { get; init; }

    /// <summary>Stream records that are read.</summary>
    public double? ReadPerSecond { get; init; }

    /// <summary>Completed invocations of the StreamProcessor.</summary>
    public double? InvocationsPerSecond { get; init; }

    /// <summary>Invocations that fail, or that report records to be delivered again.</summary>
    public double? FailedInvocationsPerSecond { get; init; }

    /// <summary>Stream records that are processed: applied, already known, or stored as dead letters.</summary>
    public double? DonePerSecond { get; init; }

    /// <summary>Write capacity units that notification-records consumes.</summary>
    public double? ProjectionUnitsPerSecond { get; init; }

    /// <summary>Stream records that are read but not processed.</summary>
    public long? Outstanding { get; init; }

    /// <summary>Running invocations of the StreamProcessor.</summary>
    public long? InFlight { get; init; }

    /// <summary>
    /// Seconds from the commit of a command until its change was processed, for the oldest record of the last batch; null if there was
    /// none.
    /// </summary>
    public double? LagSeconds { get; init; }

    /// <summary>The age in seconds of the oldest stream record that is read but not processed.</summary>
    public double? IteratorAgeSeconds { get; init; }

    /// <summary>Unsettled dead letters of today and yesterday.</summary>
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

    /// <summary>The read side as callers see it: the first hop that is measured.</summary>
    [JsonIgnore]
    public HopFigures Front =>
        ((HopFigures[])[Gateway, Query, Handler, QueryResult]).FirstOrDefault(hop => hop != HopFigures.Unknown, HopFigures.Unknown);
}

/// <summary>One hop of the read side.</summary>
/// <param name="PerSecond">Completed requests or invocations.</param>
/// <param name="FailedPerSecond">Requests or invocations that fail (5xx).</param>
/// <param name="P50">The median in milliseconds; null if there are none.</param>
/// <param name="P99">The 99th percentile in milliseconds.</param>
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

    /// <summary>Reads all figures. A part that does not respond is a problem in the figures, not an exception.</summary>
    Task<PipelineFigures> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>The JSON of the figures: one line for each sample.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PipelineFigures))]
public sealed partial class PipelineJson : JsonSerializerContext;
