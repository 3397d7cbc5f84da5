using System.Diagnostics;
using Offline.OpenTelemetry;
using OpenTelemetry.Context.Propagation;

namespace OpenTelemetry.Instrumentation.Http;

/// <summary>
/// Adds the application's filter and enrichment to the spans of HttpClient, which has set the attributes of an HTTP client
/// span by itself since .NET 9, and sends the baggage along, of which it knows nothing.
/// </summary>
internal sealed class ClientSpans(HttpClientTraceInstrumentationOptions options)
    : DiagnosticEvents("HttpHandlerDiagnosticListener", RequestName, StartName, StopName, ExceptionName)
{
    public const string SourceName = "System.Net.Http";

    private const string RequestName = "System.Net.Http.HttpRequestOut";
    private const string StartName = RequestName + ".Start";
    private const string StopName = RequestName + ".Stop";
    private const string ExceptionName = "System.Net.Http.Exception";

    private int started;

    public ClientSpans Started()
    {
        if (Interlocked.Exchange(ref started, 1) == 0)
            Listen();
        return this;
    }

    protected override void OnEvent(string name, Activity activity, object payload)
    {
        switch (name)
        {
            case StartName when Read<HttpRequestMessage>(payload, "Request") is { } request:
                OnStart(activity, request);
                break;
            case StopName when activity.IsSampled() && Read<HttpResponseMessage>(payload, "Response") is { } response:
                activity.Enrich(options.EnrichWithHttpResponseMessage, response);
                break;
            case ExceptionName when activity.IsSampled() && Read<Exception>(payload, "Exception") is { } exception:
                OnException(activity, exception);
                break;
        }
    }

    private void OnStart(Activity activity, HttpRequestMessage request)
    {
        // Sampled or not: the receiver has to know which trace it is in.
        Propagators.DefaultTextMapPropagator.Inject(
            new PropagationContext(activity.Context, Baggage.Current),
            request,
            static (carrier, name, value) =>
            {
                carrier.Headers.Remove(name);
                carrier.Headers.TryAddWithoutValidation(name, value);
            });

        if (!activity.IsSampled())
            return;
        if (!options.FilterHttpRequestMessage.Allows(request))
            activity.Drop();
        else
            activity.Enrich(options.EnrichWithHttpRequestMessage, request);
    }

    private void OnException(Activity activity, Exception exception)
    {
        if (options.RecordException)
            activity.AddException(exception);
        activity.Enrich(options.EnrichWithException, exception);
    }
}
