namespace Aspire.Dashboard.Store;

internal readonly record struct InstrumentKey(string Resource, string Meter, string Name);

/// <summary>One metric of one resource, with a series for each set of attributes.</summary>
internal sealed class Instrument(InstrumentKey key, InstrumentKind kind)
{
    public InstrumentKey Key => key;

    public InstrumentKind Kind => kind;

    public string Description { get; set; } = "";

    public string Unit { get; set; } = "";

    public Dictionary<string, Series> Series { get; } = new(StringComparer.Ordinal);

    /// <summary>Points of series for which there was no room.</summary>
    public long Dropped { get; set; }
}

/// <summary>The latest points of every series of every instrument.</summary>
internal sealed class MetricStore(Limits limits)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<InstrumentKey, Instrument> _instruments = [];
    private readonly Dictionary<Source, double> _lastExport = [];
    private long _bucketBytes;

    public int Instruments => _instruments.Count;

    public int Series { get; private set; }

    public long Received { get; private set; }

    public long Dropped { get; private set; }

    public void Add(IReadOnlyList<Metric> metrics)
    {
        lock (_gate)
        {
            var exported = new Dictionary<Source, double>();
            foreach (var metric in metrics)
            {
                Received += metric.Points.Count;
                if (Find(metric) is { } instrument)
                    Add(instrument, metric, exported);
                else
                    Dropped += metric.Points.Count;
            }

            if (_lastExport.Count + exported.Count > limits.Resources)
                _lastExport.Clear();
            foreach (var (source, time) in exported)
                _lastExport[source] = time;
        }
    }

    public void CountDropped(int points)
    {
        lock (_gate)
            Dropped += points;
    }

    /// <summary>What the selection makes of every instrument that it wants; to be quick, nothing is received meanwhile.</summary>
    public List<T> Select<T>(Func<Instrument, T?> selection) where T : class
    {
        lock (_gate)
            return [.. _instruments.Values.Select(selection).OfType<T>()];
    }

    private Instrument? Find(Metric metric)
    {
        var key = new InstrumentKey(metric.Source.Name, metric.Scope, metric.Name);
        if (!_instruments.TryGetValue(key, out var instrument) || instrument.Kind != metric.Kind)
        {
            if (metric.Name.Length == 0 || instrument is null && _instruments.Count >= limits.Instruments)
                return null;
            if (instrument is not null)
                Forget(instrument);
            _instruments[key] = instrument = new(key, metric.Kind);
        }

        (instrument.Description, instrument.Unit) = (metric.Description, metric.Unit);
        return instrument;
    }

    private void Forget(Instrument instrument)
    {
        Series -= instrument.Series.Count;
        _bucketBytes -= instrument.Series.Values.Sum(series => series.BucketBytes);
    }

    private void Add(Instrument instrument, Metric metric, Dictionary<Source, double> exported)
    {
        double? before = _lastExport.TryGetValue(metric.Source, out var time) ? time : null;
        foreach (var point in metric.Points)
        {
            var key = string.Join('\u0001', point.Attributes.Select(attribute => $"{attribute.Key}\u0002{attribute.Value}"));
            if (!instrument.Series.TryGetValue(key, out var series))
            {
                if (Series >= limits.Series || instrument.Series.Count >= limits.SeriesPerInstrument)
                {
                    instrument.Dropped++;
                    Dropped++;
                    continue;
                }

                instrument.Series.Add(key, series = new(point.Attributes, limits.PointsPerSeries));
                Series++;
            }

            var bytes = series.BucketBytes;
            series.Add(metric, point, before);
            _bucketBytes += series.BucketBytes - bytes;
            while (_bucketBytes > limits.BucketBytes && series.BucketBytes > 0)
            {
                bytes = series.BucketBytes;
                series.RemoveOldest();
                _bucketBytes += series.BucketBytes - bytes;
            }

            exported[metric.Source] = Math.Max(exported.GetValueOrDefault(metric.Source), point.TimeNanos / 1e6);
        }
    }
}
