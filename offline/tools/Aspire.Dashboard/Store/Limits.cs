namespace Aspire.Dashboard.Store;

/// <summary>
/// What is kept, and how much is taken at most. The newest is kept; what goes beyond a limit is cut or dropped and counted, so that no
/// sender can make this process grow.
/// </summary>
internal sealed record Limits
{
    public int Spans { get; init; } = 100_000;

    public int Traces { get; init; } = 50_000;

    public int SpansPerTrace { get; init; } = 10_000;

    /// <summary>Of all spans, estimated.</summary>
    public long SpanBytes { get; init; } = 128L << 20;

    public int Logs { get; init; } = 50_000;

    /// <summary>Of all log records, estimated.</summary>
    public long LogBytes { get; init; } = 48L << 20;

    public int Resources { get; init; } = 200;

    public int Instruments { get; init; } = 1_000;

    public int Series { get; init; } = 3_000;

    public int SeriesPerInstrument { get; init; } = 200;

    public int PointsPerSeries { get; init; } = 720;

    public int BucketsPerPoint { get; init; } = 200;

    /// <summary>Of the bucket counts of all histograms.</summary>
    public long BucketBytes { get; init; } = 48L << 20;

    /// <summary>Of one request as it comes.</summary>
    public int RequestBytes { get; init; } = 4 << 20;

    /// <summary>Of one request once it is decompressed.</summary>
    public int MessageBytes { get; init; } = 16 << 20;

    /// <summary>Spans, log records or points.</summary>
    public int ItemsPerRequest { get; init; } = 20_000;

    public int RequestsAtOnce { get; init; } = 8;

    public int Attributes { get; init; } = 128;

    public int KeyLength { get; init; } = 256;

    public int ValueLength { get; init; } = 8_192;

    public int EventsPerSpan { get; init; } = 64;

    public int LinksPerSpan { get; init; } = 32;

    /// <summary>Open event streams of all browsers.</summary>
    public int Streams { get; init; } = 48;

    /// <summary>Kept by the AppHost, of which a reader gets the newest.</summary>
    public int ConsoleLinesPerResource { get; init; } = 10_000;
}
