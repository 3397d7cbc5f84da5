using System.Buffers.Binary;
using System.Globalization;

namespace Aspire.Dashboard.Store;

internal readonly record struct TraceId(ulong High, ulong Low)
{
    public bool IsEmpty => High == 0 && Low == 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x16}{Low:x16}");

    /// <summary>Empty when it is not an id.</summary>
    public static TraceId From(ReadOnlySpan<byte> bytes) =>
        bytes.Length == 16 ? new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..])) : default;

    public static bool TryParse(string? text, out TraceId id)
    {
        id = default;
        if (text is not { Length: 32 } || !SpanId.TryParse(text[..16], out var high) || !SpanId.TryParse(text[16..], out var low))
            return false;
        id = new(high.Value, low.Value);
        return true;
    }
}

internal readonly record struct SpanId(ulong Value)
{
    public bool IsEmpty => Value == 0;

    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    public static SpanId From(ReadOnlySpan<byte> bytes) => bytes.Length == 8 ? new(BinaryPrimitives.ReadUInt64BigEndian(bytes)) : default;

    public static bool TryParse(string? text, out SpanId id)
    {
        id = default;
        if (text is not { Length: 16 } || !ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            return false;
        id = new(value);
        return true;
    }
}

/// <summary>Where telemetry comes from: one process of a resource.</summary>
/// <param name="Name">The service name, which is the name of the resource in the AppHost.</param>
/// <param name="Instance">The instance id of the service.</param>
internal sealed record Source(string Name, string Instance);

internal enum SpanKind
{
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

internal enum SpanStatus
{
    Unset,
    Ok,
    Error,
}

/// <summary>What all items of an export have.</summary>
internal abstract class TelemetryItem
{
    public Source Source { get; set; } = null!;

    /// <summary>The name of the instrumentation scope that made it: the activity source, the log category, the meter.</summary>
    public string Scope { get; set; } = "";
}

internal sealed class Span : TelemetryItem
{
    public TraceId TraceId { get; set; }

    public SpanId Id { get; set; }

    public SpanId ParentId { get; set; }

    public string Name { get; set; } = "";

    public SpanKind Kind { get; set; }

    public ulong StartNanos { get; set; }

    public ulong EndNanos { get; set; }

    public SpanStatus Status { get; set; }

    public string StatusMessage { get; set; } = "";

    public KeyValuePair<string, string>[] Attributes { get; set; } = [];

    public SpanEvent[] Events { get; set; } = [];

    public SpanLink[] Links { get; set; } = [];

    /// <summary>An estimate of what it takes in memory.</summary>
    public int Size { get; set; }

    public double StartMs => StartNanos / 1e6;

    public double EndMs => Math.Max(StartNanos, EndNanos) / 1e6;

    public double DurationMs => EndNanos > StartNanos ? (EndNanos - StartNanos) / 1e6 : 0;

    public bool IsError => Status == SpanStatus.Error;
}

internal sealed record SpanEvent(double TimeMs, string Name, KeyValuePair<string, string>[] Attributes);

internal sealed record SpanLink(TraceId TraceId, SpanId SpanId, KeyValuePair<string, string>[] Attributes);

internal enum LogSeverity
{
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Critical,
}

internal sealed class LogRecord : TelemetryItem
{
    public long Id { get; set; }

    public double TimeMs { get; set; }

    public LogSeverity Severity { get; set; }

    public string Message { get; set; } = "";

    public TraceId TraceId { get; set; }

    public SpanId SpanId { get; set; }

    public KeyValuePair<string, string>[] Attributes { get; set; } = [];

    public int Size { get; set; }
}

internal enum InstrumentKind
{
    Counter,
    UpDownCounter,
    Gauge,
    Histogram,
}

/// <summary>A data point as it was received; a histogram has buckets.</summary>
internal sealed class MetricPoint
{
    public ulong StartNanos { get; set; }

    public ulong TimeNanos { get; set; }

    public KeyValuePair<string, string>[] Attributes { get; set; } = [];

    public double Value { get; set; }

    public Buckets? Buckets { get; set; }
}

/// <summary>All points of one metric in one request.</summary>
internal sealed class Metric : TelemetryItem
{
    public string Name { get; set; } = "";

    public string Description { get; set; } = "";

    public string Unit { get; set; } = "";

    public InstrumentKind Kind { get; set; }

    /// <summary>Each point counts from the one before it, instead of from its start time.</summary>
    public bool IsDelta { get; set; }

    public List<MetricPoint> Points { get; } = [];
}
