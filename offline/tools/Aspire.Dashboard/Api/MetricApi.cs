using System.Globalization;
using Aspire.Dashboard.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Api;

internal sealed record InstrumentList(IReadOnlyList<InstrumentDetails> Instruments);

internal sealed record InstrumentDetails(string Resource, string Meter, string Name, string Description, string Unit, string Kind,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Dimensions, long Dropped);

internal sealed record NumberChart(string Kind, string Unit, double StepMs, double FromMs, double ToMs, IReadOnlyList<NumberLine> Series);

internal sealed record NumberLine(IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<double?[]> Points);

internal sealed record HistogramChart(string Kind, string Unit, double StepMs, double FromMs, double ToMs, IReadOnlyList<HistogramLine> Series);

internal sealed record HistogramLine(IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<double?[]> Count, IReadOnlyList<double?[]> P50,
    IReadOnlyList<double?[]> P90, IReadOnlyList<double?[]> P99, IReadOnlyList<double?[]> Max);

internal sealed class MetricApi(MetricStore store, TimeProvider time)
{
    private const int ValuesPerDimension = 100;

    public void Map(WebApplication app)
    {
        app.MapGet("/api/metrics", (RequestDelegate)ListAsync);
        app.MapGet("/api/metrics/series", (RequestDelegate)ChartAsync);
    }

    private Task ListAsync(HttpContext context)
    {
        var instruments = store.Select(instrument => new InstrumentDetails(instrument.Key.Resource, instrument.Key.Meter, instrument.Key.Name,
            instrument.Description, instrument.Unit, Name(instrument.Kind), Dimensions(instrument), instrument.Dropped));
        var list = new InstrumentList([.. instruments.OrderBy(one => one.Resource, StringComparer.Ordinal).ThenBy(one => one.Meter, StringComparer.Ordinal)
            .ThenBy(one => one.Name, StringComparer.Ordinal)]);
        return context.Response.WriteAsJsonAsync(list, ApiJson.Default.InstrumentList, cancellationToken: context.RequestAborted);
    }

    private Task ChartAsync(HttpContext context)
    {
        var request = context.Request;
        var key = new InstrumentKey(request.Text("resource") ?? "", request.Text("meter") ?? "", request.Text("name") ?? "");
        var filters = request.Query.Where(one => one.Key.StartsWith("dim.", StringComparison.Ordinal))
            .Select(one => (Key: one.Key[4..], Values: one.Value.ToArray())).ToList();
        var instrument = store.Select(one => one.Key == key
            ? new
            {
                one.Kind,
                one.Unit,
                Series = one.Series.Values.Where(series => filters.All(filter => filter.Values.Contains(series.Attributes.Find(filter.Key) ?? "")))
                    .Select(series => new { series.Attributes, Steps = series.Steps.ToArray() }).ToList(),
            }
            : null).FirstOrDefault();
        if (instrument is null)
            return ErrorAnswer.WriteAsync(context, StatusCodes.Status404NotFound, $"No metric '{key.Name}' of meter '{key.Meter}' has come from '{key.Resource}'.");

        var grid = TimeGrid.Ending(time.GetUtcNow().ToUnixTimeMilliseconds(), Math.Clamp(request.Number("minutes") ?? 5, 1, 60));
        if (instrument.Kind is InstrumentKind.Histogram)
        {
            var histogram = new HistogramChart("histogram", instrument.Unit, grid.StepMs, grid.FromMs, grid.ToMs,
                [.. instrument.Series.Select(series => Histogram(Labels(series.Attributes), grid, series.Steps))]);
            return context.Response.WriteAsJsonAsync(histogram, ApiJson.Default.HistogramChart, cancellationToken: context.RequestAborted);
        }

        var chart = new NumberChart(Name(instrument.Kind), instrument.Unit, grid.StepMs, grid.FromMs, grid.ToMs,
            [.. instrument.Series.Select(series => new NumberLine(Labels(series.Attributes),
                instrument.Kind is InstrumentKind.Counter ? Rates(grid, series.Steps) : grid.Values(series.Steps)))]);
        return context.Response.WriteAsJsonAsync(chart, ApiJson.Default.NumberChart, cancellationToken: context.RequestAborted);
    }

    private static HistogramLine Histogram(Dictionary<string, string> labels, TimeGrid grid, Step[] steps)
    {
        var rates = grid.Rates(steps);
        var distributions = grid.Distributions(steps);
        return new(labels, grid.Points(rates), Line(all => all.Percentile(0.5)), Line(all => all.Percentile(0.9)), Line(all => all.Percentile(0.99)),
            Line(all => all.Highest));

        List<double?[]> Line(Func<Buckets, double?> value) => grid.Points([.. distributions.Select(one => one is null ? null : value(one))]);
    }

    private static List<double?[]> Rates(TimeGrid grid, Step[] steps)
    {
        var rates = grid.Rates(steps);
        return [.. grid.Values(steps).Select((total, index) => new[] { total[0], rates[index], total[1] })];
    }

    private static Dictionary<string, string> Labels(KeyValuePair<string, string>[] attributes)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in attributes)
            labels[key] = value;
        return labels;
    }

    private static Dictionary<string, IReadOnlyList<string>> Dimensions(Instrument instrument) => instrument.Series.Values
        .SelectMany(series => series.Attributes)
        .GroupBy(attribute => attribute.Key, StringComparer.Ordinal)
        .ToDictionary(group => group.Key,
            IReadOnlyList<string> (group) => [.. group.Select(attribute => attribute.Value).Distinct().Order(StringComparer.Ordinal).Take(ValuesPerDimension)],
            StringComparer.Ordinal);

    private static string Name(InstrumentKind kind) => kind.ToString().ToLower(CultureInfo.InvariantCulture);
}
