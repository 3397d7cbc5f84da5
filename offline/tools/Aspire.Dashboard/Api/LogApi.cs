using Aspire.Dashboard.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Api;

internal sealed record LogPage(IReadOnlyList<LogDetails> Logs, long? Next);

internal sealed record LogBatch(IReadOnlyList<LogDetails> Logs);

internal sealed record LogDetails(long Id, double TimeMs, string Resource, string Scope, string Level, string Message, string? TraceId, string? SpanId,
    string[][] Attributes, LogException? Exception);

internal sealed record LogException(string? Type, string? Message, string? Stacktrace);

internal sealed class LogApi(LogStore store, Streams streams)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    public void Map(WebApplication app)
    {
        app.MapGet("/api/logs", (RequestDelegate)ListAsync);
        app.MapGet("/api/logs/live", (RequestDelegate)FollowAsync);
    }

    private Task ListAsync(HttpContext context)
    {
        var limit = context.Request.Limit(200, 1_000);
        var records = store.Before(context.Request.Before(), limit, Filter(context.Request));
        var page = new LogPage([.. records.Select(Details)], records.Count == limit ? records[^1].Id : null);
        return context.Response.WriteAsJsonAsync(page, ApiJson.Default.LogPage, cancellationToken: context.RequestAborted);
    }

    private Task FollowAsync(HttpContext context)
    {
        const int AtOnce = 200;
        var isWanted = Filter(context.Request);
        var last = store.Received;
        return streams.RunAsync(context, async (stream, cancellationToken) =>
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                (var records, last) = store.After(last, AtOnce, isWanted);
                if (records.Count > 0)
                    await stream.SendAsync("logs", new([.. records.Select(Details)]), ApiJson.Default.LogBatch).ConfigureAwait(false);
                await stream.PauseAsync(s_pause).ConfigureAwait(false);
            }
        });
    }

    private static Func<LogRecord, bool> Filter(HttpRequest request)
    {
        var (resource, text) = (request.Text("resource"), request.Text("text"));
        var least = Enum.TryParse<LogSeverity>(request.Text("level"), ignoreCase: true, out var level) ? level : LogSeverity.Trace;
        TraceId? trace = request.Text("traceId") is { } traceText ? TraceId.TryParse(traceText, out var traceId) ? traceId : default : null;
        SpanId? span = request.Text("spanId") is { } spanText ? SpanId.TryParse(spanText, out var spanId) ? spanId : default : null;
        return record => record.Severity >= least
            && (resource is null || string.Equals(record.Source.Name, resource, StringComparison.OrdinalIgnoreCase))
            && (trace is null || !trace.Value.IsEmpty && record.TraceId == trace)
            && (span is null || !span.Value.IsEmpty && record.SpanId == span)
            && (text is null || record.Message.Contains(text, StringComparison.OrdinalIgnoreCase) || record.Scope.Contains(text, StringComparison.OrdinalIgnoreCase)
                || record.Attributes.Any(attribute => attribute.Value.Contains(text, StringComparison.OrdinalIgnoreCase)));
    }

    private static LogDetails Details(LogRecord record)
    {
        var (type, message, stack) = (record.Attributes.Find("exception.type"), record.Attributes.Find("exception.message"), record.Attributes.Find("exception.stacktrace"));
        return new(record.Id, record.TimeMs, record.Source.Name, record.Scope, record.Severity.Name(), record.Message,
            record.TraceId.IsEmpty ? null : record.TraceId.ToString(), record.SpanId.IsEmpty ? null : record.SpanId.ToString(),
            Attributes.Pairs([.. record.Attributes.Where(attribute => !attribute.Key.StartsWith("exception.", StringComparison.Ordinal))]),
            type is null && message is null && stack is null ? null : new(type, message, stack));
    }
}
