using System.Diagnostics;
using System.Globalization;
using Amazon.Lambda.APIGatewayEvents;
using Microsoft.Extensions.Configuration;
using NotifyQuery.Core.Queries;
using NotifyQuery.ServiceDefaults;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace NotifyQuery.Lambdas.Query;

/// <summary>
/// The API Gateway's spans. The gateway creates no spans, so they are inferred from the request context of its events. A span lasts from
/// the time when the gateway received the request until the function returns. Requests that never reach the function (rejected by the
/// gateway, or the function does not start) have no span.
/// </summary>
internal sealed class GatewaySpans : IDisposable
{
    /// <summary>The service name of these spans: the gateway's resource in the AppHost.</summary>
    public const string ServiceName = "gateway";

    private static readonly string[] QueryRoutes = [.. QueryDefinition.All.Select(definition => definition.Path)];

    private readonly ActivitySource source = new("NotifyQuery.Gateway");
    private readonly TracerProvider provider;

    /// <param name="configuration">The configuration with the OTLP endpoint.</param>
    public GatewaySpans(IConfiguration configuration)
    {
        // A separate provider, because all spans of a provider are exported with the same service name.
        var builder = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddTelemetrySdk().AddThisService(configuration, ServiceName))
            .AddSource(source.Name)
            .AddProcessor(new QueryValueRedaction())
            .LimitTraces(configuration);
        if (configuration.ExportsTelemetry())
            builder.AddOtlpExporter();
        provider = builder.Build();
    }

    /// <summary>
    /// Starts the span of a request: the root of a new trace, linked to the caller's trace if there is one. An external caller must not
    /// decide whether a request is recorded or which trace it belongs to.
    /// </summary>
    public Activity? Start(APIGatewayHttpApiV2ProxyRequest request)
    {
        var headers = request.Headers ?? new Dictionary<string, string>();
        var caller = Propagators
            .DefaultTextMapPropagator.Extract(
                default,
                headers,
                static (carrier, name) => carrier.TryGetValue(name, out var value) ? [value] : []
            )
            .ActivityContext;
        var context = request.RequestContext;
        var route = RouteOf(request);
        var method = context.Http.Method;
        Activity.Current = null; // the span must be a root
        var activity = source.StartActivity(
            ActivityKind.Server,
            parentContext: default,
            links: caller == default ? null : [new(new(caller.TraceId, caller.SpanId, caller.TraceFlags))],
            startTime: Started(context.TimeEpoch),
            name: route is null ? method : $"{method} {route}",
            tags:
            [
                new("http.request.method", method),
                new("http.route", route),
                new("url.scheme", headers.TryGetValue("x-forwarded-proto", out var scheme) ? scheme : "http"),
                new("url.path", GatewayEvent.PathOf(request)),
                new("url.query", request.RawQueryString),
                new("server.address", context.DomainName ?? (headers.TryGetValue("host", out var host) ? host.Split(':')[0] : null)),
                new("aws.request_id", context.RequestId),
                new("notifyquery.span.inferred", true),
            ]
        );
        return activity;
    }

    /// <summary>
    /// The route of the query, because the gateway has one route for all queries. Other paths have the gateway's route: the name of a span
    /// must not contain text from a caller.
    /// </summary>
    private static string? RouteOf(APIGatewayHttpApiV2ProxyRequest request)
    {
        var path = GatewayEvent.PathOf(request)?.TrimEnd('/'); // as the Handler does
        if (Array.Find(QueryRoutes, route => route.Equals(path, StringComparison.OrdinalIgnoreCase)) is { } query)
            return query;
        // "ANY /{proxy+}"
        return request.RequestContext.RouteKey is { } key ? key[(key.IndexOf(' ', StringComparison.Ordinal) + 1)..] : null;
    }

    /// <summary>
    /// Ends the span with the response to the caller. Without a response, the function failed, and the gateway returns 500.
    /// </summary>
    public static void End(Activity? activity, APIGatewayHttpApiV2ProxyResponse? response)
    {
        if (activity is null)
            return;
        SetStatus(activity, response?.StatusCode ?? 500);
        activity.Stop();
    }

    /// <summary>Sets the status by the rules for server spans: 5xx is an error, 4xx is not.</summary>
    public static void SetStatus(Activity activity, int statusCode)
    {
        activity.SetTag("http.response.status_code", statusCode);
        if (statusCode >= 500)
            activity.SetTag("error.type", statusCode.ToString(CultureInfo.InvariantCulture)).SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>Exports the pending spans.</summary>
    public bool Flush(int milliseconds) => provider.ForceFlush(milliseconds);

    public void Dispose()
    {
        provider.Dispose();
        source.Dispose();
    }

    /// <summary>The start time. The gateway's clock may be ahead of ours, and a test event may have no time.</summary>
    private static DateTimeOffset Started(long milliseconds)
    {
        var now = DateTimeOffset.UtcNow;
        var time = milliseconds > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : now;
        return time < now ? time : now;
    }
}
