using Aspire.Dashboard.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Api;

internal sealed record LimitsAnswer(string? Application, int Spans, int Traces, int SpansPerTrace, long SpanBytes, int Logs, long LogBytes,
    int ConsoleLinesPerResource, int Instruments, int Series, int SeriesPerInstrument, int PointsPerSeries, long BucketBytes, int RequestBytes, int MessageBytes,
    int ItemsPerRequest, int Attributes, int KeyLength, int ValueLength, int EventsPerSpan, int LinksPerSpan, int Streams, KeptNow Now);

internal sealed record KeptNow(int Spans, int Traces, int Logs, int Instruments, int Series);

/// <summary>What is kept at most, and what is there.</summary>
internal sealed class LimitsApi(TelemetryStore store, string? application)
{
    public void Map(WebApplication app) => app.MapGet("/api/limits", (RequestDelegate)GetAsync);

    private Task GetAsync(HttpContext context)
    {
        var limits = store.Limits;
        var answer = new LimitsAnswer(application, limits.Spans, limits.Traces, limits.SpansPerTrace, limits.SpanBytes, limits.Logs, limits.LogBytes,
            limits.ConsoleLinesPerResource, limits.Instruments, limits.Series, limits.SeriesPerInstrument, limits.PointsPerSeries, limits.BucketBytes,
            limits.RequestBytes, limits.MessageBytes, limits.ItemsPerRequest, limits.Attributes, limits.KeyLength, limits.ValueLength, limits.EventsPerSpan,
            limits.LinksPerSpan, limits.Streams,
            new(store.Spans.Spans, store.Spans.Traces, store.Logs.Count, store.Metrics.Instruments, store.Metrics.Series));
        return context.Response.WriteAsJsonAsync(answer, ApiJson.Default.LimitsAnswer, cancellationToken: context.RequestAborted);
    }
}
