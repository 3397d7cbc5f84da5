using System.Collections.Concurrent;
using System.Diagnostics;
using Amazon.Runtime.Telemetry;
using Amazon.Runtime.Telemetry.Tracing;

namespace OpenTelemetry.Instrumentation.AWS.Implementation;

/// <summary>The SDK's tracing, as activities: one source for each service, named by the SDK ("AWSSDK.DynamoDB").</summary>
internal sealed class SdkTracerProvider : TracerProvider
{
    public const string ScopePrefix = "AWSSDK.";

    // One cache per process, like the SDK's telemetry provider: two sources with the same name would both be recorded.
    private static readonly ConcurrentDictionary<string, SdkTracer> Tracers = new();

    public override Tracer GetTracer(string scope) => Tracers.GetOrAdd(scope, static name => new SdkTracer(new ActivitySource(name)));

    private sealed class SdkTracer(ActivitySource source) : Tracer
    {
        public override TraceSpan CreateSpan(
            string name,
            Attributes? initialAttributes = null,
            SpanKind spanKind = SpanKind.INTERNAL,
            SpanContext? parentContext = null
        )
        {
            var kind = spanKind switch
            {
                SpanKind.CLIENT => ActivityKind.Client,
                SpanKind.SERVER => ActivityKind.Server,
                SpanKind.PRODUCER => ActivityKind.Producer,
                SpanKind.CONSUMER => ActivityKind.Consumer,
                _ => ActivityKind.Internal,
            };
            return new SdkSpan(source.StartActivity(name, kind, Context(parentContext), initialAttributes?.AllAttributes));
        }

        // Without a parent context, the current activity is the parent.
        private static ActivityContext Context(SpanContext? parent) =>
            parent is null
                ? default
                : new ActivityContext(
                    ActivityTraceId.CreateFromString(parent.TraceId),
                    ActivitySpanId.CreateFromString(parent.SpanId),
                    ActivityTraceFlags.None,
                    null,
                    parent.IsRemote
                );
    }

    /// <summary>A span that is not sampled has no activity.</summary>
    private sealed class SdkSpan : TraceSpan
    {
        private readonly Activity? activity;

        public SdkSpan(Activity? activity)
        {
            this.activity = activity;
            Name = activity?.DisplayName;
        }

        public override void EmitEvent(string name, Attributes? attributes = null) =>
            activity?.AddEvent(
                new ActivityEvent(name, tags: attributes is null ? null : new ActivityTagsCollection(attributes.AllAttributes))
            );

        public override void SetAttribute(string key, object value) => activity?.SetTag(key, value);

        public override void SetStatus(SpanStatus status) =>
            activity?.SetStatus(
                status switch
                {
                    SpanStatus.OK => ActivityStatusCode.Ok,
                    SpanStatus.ERROR => ActivityStatusCode.Error,
                    _ => ActivityStatusCode.Unset,
                }
            );

        public override void RecordException(Exception exception, Attributes? attributes = null)
        {
            activity?.AddException(exception, attributes is null ? default : new TagList(attributes.AllAttributes.ToArray()));
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
        }

        public override void End() => activity?.Stop();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                activity?.Dispose();
            base.Dispose(disposing);
        }
    }
}
