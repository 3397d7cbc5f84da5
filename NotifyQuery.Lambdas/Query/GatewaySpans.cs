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
/// The API Gateway's spans. It makes none itself, so they are inferred from the request context of the events it sends: from the time
/// when it took the request until its function has the answer. What never reaches the function (a request that the gateway refuses, a
/// function that does not start) leaves no span.
/// </summary>
internal sealed class GatewaySpans : IDisposable
{
    /// <summary>The service in whose name these spans are exported: the gateway's resource in the AppHost.</summary>
    public const string ServiceName = "gateway";

    private static readonly string[] QueryRoutes = [.. QueryDefinition.All.Select(definition => definition.Path)];

    private readonly ActivitySource source = new("NotifyQuery.Gateway");
    private readonly TracerProvider provider;

    /// <param name="configuration">Where telemetry goes.</param>
    public GatewaySpans(IConfiguration configuration)
    {
        // A provider of its own: all spans of one are exported as one service's.
        var builder = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddTelemetrySdk().AddThisService(configuration, ServiceName))
            .AddSource(source.Name)
            .AddProcessor(new QueryValueRedaction());
        if (configuration.ExportsTelemetry())
            builder.AddOtlpExporter();
        provider = builder.Build();
    }

    /// <summary>
    /// Begins the span of a request: the root of a trace of our own, linked to the caller's if the caller is in one. A caller from outside
    /// neither decides whether its request is recorded nor into whose trace it is filed.
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
        Activity.Current = null; // nothing that is still current is its parent
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
    /// The query's own route, because the gateway's is the same for all of them; for any other path the gateway's: it is a name and must
    /// not be whatever a caller wrote.
    /// </summary>
    private static string? RouteOf(APIGatewayHttpApiV2ProxyRequest request)
    {
        var path = GatewayEvent.PathOf(request)?.TrimEnd('/'); // what the Handler takes for the same
        if (Array.Find(QueryRoutes, route => route.Equals(path, StringComparison.OrdinalIgnoreCase)) is { } query)
            return query;
        // "ANY /{proxy+}"
        return request.RequestContext.RouteKey is { } key ? key[(key.IndexOf(' ', StringComparison.Ordinal) + 1)..] : null;
    }

    /// <summary>
    /// Ends the span with the answer that the caller gets; none means that the function failed, which a gateway answers with 500.
    /// </summary>
    public static void End(Activity? activity, APIGatewayHttpApiV2ProxyResponse? response)
    {
        if (activity is null)
            return;
        SetStatus(activity, response?.StatusCode ?? 500);
        activity.Stop();
    }

    /// <summary>A server's span: what went wrong on this side is an error, what the caller did wrong is not.</summary>
    public static void SetStatus(Activity activity, int statusCode)
    {
        activity.SetTag("http.response.status_code", statusCode);
        if (statusCode >= 500)
            activity.SetTag("error.type", statusCode.ToString(CultureInfo.InvariantCulture)).SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>Exports what there is.</summary>
    public bool Flush(int milliseconds) => provider.ForceFlush(milliseconds);

    public void Dispose()
    {
        provider.Dispose();
        source.Dispose();
    }

    /// <summary>The gateway's clock may be ahead of ours, and a test event may have no time at all.</summary>
    private static DateTimeOffset Started(long milliseconds)
    {
        var now = DateTimeOffset.UtcNow;
        var time = milliseconds > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : now;
        return time < now ? time : now;
    }
}
