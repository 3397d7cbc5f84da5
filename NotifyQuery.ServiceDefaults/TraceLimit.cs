using System.Globalization;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace NotifyQuery.ServiceDefaults;

/// <summary>
/// Limits how many new traces a process records per second, so that load does not fill the receiver with traces that nobody reads. After a
/// quiet time, the traces of ten seconds may begin at once: what a person or a test causes is recorded. A request that continues a
/// trace is recorded if its caller records it, so a trace is complete or absent.
/// </summary>
public sealed class TraceLimit : Sampler
{
    /// <summary>The setting: the number of traces per second. Without it, <c>OTEL_TRACES_SAMPLER</c> decides.</summary>
    public const string Key = "Telemetry:TracesPerSecond";

    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(10);

    private readonly TimeProvider time;
    private readonly double perSecond;
    private readonly double most;
    private readonly Lock gate = new();
    private double available;
    private long counted;

    /// <param name="perSecond">The number of new traces per second, more than 0.</param>
    /// <param name="time">The clock.</param>
    public TraceLimit(double perSecond, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        (this.perSecond, this.time) = (perSecond, time);
        most = Math.Max(1, perSecond * Burst.TotalSeconds);
        (available, counted) = (most, time.GetTimestamp());
        Description = string.Create(CultureInfo.InvariantCulture, $"TraceLimit{{{perSecond}}}");
    }

    /// <inheritdoc />
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            available = Math.Min(most, available + (time.GetElapsedTime(counted, now).TotalSeconds * perSecond));
            counted = now;
            if (available < 1)
                return new(SamplingDecision.Drop);
            available--;
            return new(SamplingDecision.RecordAndSample);
        }
    }
}

/// <summary>Adds the limit to a provider of traces.</summary>
public static class TraceLimitExtensions
{
    /// <summary>Limits the number of new traces if the setting <see cref="TraceLimit.Key"/> is there.</summary>
    /// <param name="traces">The provider.</param>
    /// <param name="configuration">The configuration.</param>
    /// <exception cref="InvalidOperationException">The setting is not a number above 0.</exception>
    public static TracerProviderBuilder LimitTraces(this TracerProviderBuilder traces, IConfiguration configuration)
    {
        if (configuration[TraceLimit.Key] is not { Length: > 0 } text)
            return traces;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var perSecond) && perSecond > 0
            ? traces.SetSampler(new ParentBasedSampler(new TraceLimit(perSecond, TimeProvider.System)))
            : throw new InvalidOperationException($"{TraceLimit.Key} is '{text}': give a number of traces per second above 0.");
    }
}
