using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Offline.OpenTelemetry;
using OpenTelemetry.Context.Propagation;

namespace OpenTelemetry.Instrumentation.AspNetCore;

/// <summary>
/// Gives the activity which ASP.NET Core starts for each request the name and attributes of an HTTP server span. ASP.NET
/// Core 10 can set them itself, but does so only when the application opts in to it by a switch.
/// </summary>
internal sealed class ServerSpans(AspNetCoreTraceInstrumentationOptions options)
    : DiagnosticEvents("Microsoft.AspNetCore", RequestName, StartName, StopName, HostingExceptionName, DiagnosticsExceptionName)
{
    public const string SourceName = "Microsoft.AspNetCore";

    private const string RequestName = "Microsoft.AspNetCore.Hosting.HttpRequestIn";
    private const string StartName = RequestName + ".Start";
    private const string StopName = RequestName + ".Stop";
    private const string HostingExceptionName = "Microsoft.AspNetCore.Hosting.UnhandledException";
    private const string DiagnosticsExceptionName = "Microsoft.AspNetCore.Diagnostics.UnhandledException";

    private static readonly HashSet<string> KnownMethods = new(StringComparer.Ordinal)
    {
        "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE",
    };

    private int started;

    public ServerSpans Started()
    {
        if (Interlocked.Exchange(ref started, 1) == 0)
            Listen();
        return this;
    }

    protected override void OnEvent(string name, Activity activity, object payload)
    {
        switch (name)
        {
            case StartName when payload is HttpContext context:
                OnStart(activity, context);
                break;
            case StopName when payload is HttpContext context && activity.IsSampled():
                OnStop(activity, context);
                break;
            case HostingExceptionName or DiagnosticsExceptionName when activity.IsSampled() && Read<Exception>(payload, "exception") is { } exception:
                OnException(activity, exception);
                break;
        }
    }

    private void OnStart(Activity activity, HttpContext context)
    {
        var request = context.Request;
        // The trace context is read by ASP.NET Core; baggage is OpenTelemetry's own.
        var baggage = Propagators.DefaultTextMapPropagator.Extract(default, request, static (carrier, name) => carrier.Headers[name]).Baggage;
        if (baggage.Count > 0 || Baggage.Current.Count > 0)
            Baggage.Current = baggage;

        if (!activity.IsSampled())
            return;
        if (!options.Filter.Allows(context))
        {
            activity.Drop();
            return;
        }

        activity.DisplayName = Name(request);
        if (KnownMethods.Contains(request.Method))
        {
            activity.SetTag("http.request.method", request.Method);
        }
        else
        {
            activity.SetTag("http.request.method", "_OTHER");
            activity.SetTag("http.request.method_original", request.Method);
        }
        if (request.Host.HasValue)
        {
            activity.SetTag("server.address", request.Host.Host);
            if (request.Host.Port is { } port)
                activity.SetTag("server.port", port);
        }
        if (request.Headers.UserAgent is [{ Length: > 0 } userAgent, ..])
            activity.SetTag("user_agent.original", userAgent);
        activity.SetTag("url.scheme", request.Scheme);
        activity.SetTag("url.path", (request.PathBase + request.Path) is { HasValue: true } path ? path.Value : "/");
        if (request.QueryString is { HasValue: true, Value: { } query })
            activity.SetTag("url.query", QueryRedaction.WithoutValues(query));
        activity.SetTag("network.protocol.version", request.Protocol switch
        {
            "HTTP/2" => "2",
            "HTTP/3" => "3",
            var protocol => protocol.StartsWith("HTTP/", StringComparison.Ordinal) ? protocol["HTTP/".Length..] : protocol,
        });
        activity.Enrich(options.EnrichWithHttpRequest, request);
    }

    private void OnStop(Activity activity, HttpContext context)
    {
        if (Route(context) is { } route)
        {
            activity.DisplayName = $"{Name(context.Request)} {route}";
            activity.SetTag("http.route", route);
        }
        activity.SetTag("http.response.status_code", context.Response.StatusCode);
        if (activity.Status == ActivityStatusCode.Unset && context.Response.StatusCode >= 500)
            activity.SetStatus(ActivityStatusCode.Error);
        activity.Enrich(options.EnrichWithHttpResponse, context.Response);
    }

    private void OnException(Activity activity, Exception exception)
    {
        activity.SetTag("error.type", exception.GetType().FullName);
        if (options.RecordException)
            activity.AddException(exception);
        activity.SetStatus(ActivityStatusCode.Error);
        activity.Enrich(options.EnrichWithException, exception);
    }

    // A method that anybody may make up would make as many names.
    private static string Name(HttpRequest request) => KnownMethods.Contains(request.Method) ? request.Method : "HTTP";

    private static string? Route(HttpContext context)
    {
        // A handled exception clears the endpoint and leaves it here.
        var endpoint = context.GetEndpoint() ?? context.Items["__OriginalEndpoint"] as Endpoint;
        return endpoint?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route is { } route ? route.Length == 0 ? "/" : route : null;
    }
}
