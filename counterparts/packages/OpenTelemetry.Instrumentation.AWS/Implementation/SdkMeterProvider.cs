using System.Collections.Concurrent;
using Amazon.Runtime.Telemetry;
using Amazon.Runtime.Telemetry.Metrics;

namespace OpenTelemetry.Instrumentation.AWS.Implementation;

/// <summary>
/// The SDK's metrics as .NET instruments. The SDK requests an instrument at every call, so each instrument is created once and cached.
/// </summary>
internal sealed class SdkMeterProvider : MeterProvider
{
    private static readonly ConcurrentDictionary<string, SdkMeter> Meters = new();

    public override Meter GetMeter(string scope, Attributes? attributes = null) =>
        Meters.GetOrAdd(scope, static name => new SdkMeter(new System.Diagnostics.Metrics.Meter(name)));

    private sealed class SdkMeter(System.Diagnostics.Metrics.Meter meter) : Meter
    {
        private readonly ConcurrentDictionary<(string, Type), object> instruments = new();

        public override UpDownCounter<T> CreateUpDownCounter<T>(string name, string? units = null, string? description = null) =>
            Instrument(name, () => new SdkUpDownCounter<T>(meter.CreateUpDownCounter<T>(name, units, description)));

        public override MonotonicCounter<T> CreateMonotonicCounter<T>(string name, string? units = null, string? description = null) =>
            Instrument(name, () => new SdkCounter<T>(meter.CreateCounter<T>(name, units, description)));

        public override Histogram<T> CreateHistogram<T>(string name, string? units = null, string? description = null) =>
            Instrument(name, () => new SdkHistogram<T>(meter.CreateHistogram<T>(name, units, description)));

        private T Instrument<T>(string name, Func<T> create)
            where T : class => (T)instruments.GetOrAdd((name, typeof(T)), static (_, create) => create(), create);
    }

    private sealed class SdkUpDownCounter<T>(System.Diagnostics.Metrics.UpDownCounter<T> counter) : UpDownCounter<T>
        where T : struct
    {
        public override void Add(T value, Attributes? attributes = null) => counter.Add(value, Tags(attributes));
    }

    private sealed class SdkCounter<T>(System.Diagnostics.Metrics.Counter<T> counter) : MonotonicCounter<T>
        where T : struct
    {
        public override void Add(T value, Attributes? attributes = null) => counter.Add(value, Tags(attributes));
    }

    private sealed class SdkHistogram<T>(System.Diagnostics.Metrics.Histogram<T> histogram) : Histogram<T>
        where T : struct
    {
        public override void Record(T value, Attributes? attributes = null) => histogram.Record(value, Tags(attributes));
    }

    private static KeyValuePair<string, object?>[] Tags(Attributes? attributes) => attributes is null ? [] : [.. attributes.AllAttributes];
}
