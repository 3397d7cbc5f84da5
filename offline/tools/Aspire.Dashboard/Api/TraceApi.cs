using Aspire.Dashboard.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Api;

internal sealed record TraceList(IReadOnlyList<TraceSummary> Traces, long? Next);

internal sealed record TraceSummary(string TraceId, string Name, string Resource, double StartMs, double DurationMs, int Spans, int Errors,
    IReadOnlyList<TraceResource> Resources, bool RootMissing);

internal sealed record TraceResource(string Name, int Spans, int Errors);

internal sealed record TraceDetails(string TraceId, double StartMs, double DurationMs, IReadOnlyList<SpanDetails> Spans);

internal sealed record SpanDetails(string SpanId, string? ParentId, bool Orphan, string Resource, string Scope, string Name, string Kind, double StartMs,
    double DurationMs, string Status, string? StatusMessage, string[][] Attributes, IReadOnlyList<EventDetails> Events, IReadOnlyList<LinkDetails> Links,
    IReadOnlyList<LinkSource> LinkedFrom);

internal sealed record EventDetails(double TimeMs, string Name, string[][] Attributes);

internal sealed record LinkDetails(string TraceId, string SpanId, string[][] Attributes, bool Known);

internal sealed record LinkSource(string TraceId, string SpanId, string Resource, string Name);

internal sealed class TraceApi(SpanStore store)
{
    public void Map(WebApplication app)
    {
        app.MapGet("/api/traces", (RequestDelegate)ListAsync);
        app.MapGet("/api/traces/{traceId}", (RequestDelegate)GetAsync);
    }

    private Task ListAsync(HttpContext context)
    {
        var request = context.Request;
        var (resource, text, onlyErrors, minMs) = (request.Text("resource"), request.Text("text"), request.Query["errors"] == "true", request.Number("minMs"));
        var limit = request.Limit(100, 500);
        var traces = store.Select(request.Before(), limit, trace =>
        {
            var spans = trace.Spans;
            if (resource is not null && !spans.Any(span => string.Equals(span.Source.Name, resource, StringComparison.OrdinalIgnoreCase))
                || onlyErrors && !spans.Any(span => span.IsError)
                || text is not null && !IsFound(trace, text))
            {
                return null;
            }

            var summary = Summary(trace);
            return minMs is null || summary.DurationMs >= minMs ? new Numbered(trace.Number, summary) : null;
        });
        var list = new TraceList([.. traces.Select(one => one.Summary)], traces.Count == limit ? traces[^1].Number : null);
        return context.Response.WriteAsJsonAsync(list, ApiJson.Default.TraceList, cancellationToken: context.RequestAborted);
    }

    private Task GetAsync(HttpContext context)
    {
        var text = (string?)context.Request.RouteValues["traceId"];
        return TraceId.TryParse(text, out var id) && store.Find(id) is var (spans, linkedFrom)
            ? context.Response.WriteAsJsonAsync(Details(id, spans, linkedFrom), ApiJson.Default.TraceDetails, cancellationToken: context.RequestAborted)
            : ErrorAnswer.WriteAsync(context, StatusCodes.Status404NotFound, $"There is no trace '{text}', or not any more.");
    }

    private static bool IsFound(Trace trace, string text) => trace.Id.ToString().Contains(text, StringComparison.OrdinalIgnoreCase)
        || trace.Spans.Any(span => span.Name.Contains(text, StringComparison.OrdinalIgnoreCase)
            || span.Attributes.Any(attribute => attribute.Value.Contains(text, StringComparison.OrdinalIgnoreCase)));

    private static TraceSummary Summary(Trace trace)
    {
        var root = trace.Spans.Find(span => span.ParentId.IsEmpty);
        var first = root ?? trace.Spans.MinBy(span => span.StartNanos)!;
        var start = trace.Spans.Min(span => span.StartMs);
        return new(trace.Id.ToString(), first.Name, first.Source.Name, start, trace.Spans.Max(span => span.EndMs) - start, trace.Spans.Count,
            trace.Spans.Count(span => span.IsError),
            [
                .. trace.Spans.GroupBy(span => span.Source.Name).OrderBy(group => group.Min(span => span.StartNanos))
                    .Select(group => new TraceResource(group.Key, group.Count(), group.Count(span => span.IsError))),
            ], root is null);
    }

    private TraceDetails Details(TraceId id, Span[] spans, Span[] linkedFrom)
    {
        var ids = spans.Select(span => span.Id).ToHashSet();
        var incoming = linkedFrom
            .SelectMany(span => span.Links.Where(link => link.TraceId == id).Select(link => (link.SpanId, From: span)))
            .ToLookup(link => link.SpanId, link => link.From);
        var start = spans.Min(span => span.StartMs);
        return new(id.ToString(), start, spans.Max(span => span.EndMs) - start,
        [
            .. spans.OrderBy(span => span.StartNanos).Select(span => new SpanDetails(span.Id.ToString(),
                span.ParentId.IsEmpty ? null : span.ParentId.ToString(), !span.ParentId.IsEmpty && !ids.Contains(span.ParentId), span.Source.Name, span.Scope,
                span.Name, span.Kind.Name(), span.StartMs, span.DurationMs, span.Status.Name(), span.StatusMessage is { Length: > 0 } message ? message : null,
                Attributes.Pairs(span.Attributes),
                [.. span.Events.Select(one => new EventDetails(one.TimeMs, one.Name, Attributes.Pairs(one.Attributes)))],
                [.. span.Links.Select(link => new LinkDetails(link.TraceId.ToString(), link.SpanId.ToString(), Attributes.Pairs(link.Attributes), store.Contains(link.TraceId)))],
                [.. incoming[span.Id].Select(from => new LinkSource(from.TraceId.ToString(), from.Id.ToString(), from.Source.Name, from.Name))])),
        ]);
    }

    private sealed record Numbered(long Number, TraceSummary Summary);
}
