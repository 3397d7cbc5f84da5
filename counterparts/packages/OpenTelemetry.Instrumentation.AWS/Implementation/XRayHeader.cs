using System.Diagnostics;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace OpenTelemetry.Instrumentation.AWS.Implementation;

/// <summary>Sends the trace context of a request to AWS, in AWS's own header.</summary>
internal sealed class XRayHeader : PipelineHandler
{
    public override void InvokeSync(IExecutionContext executionContext)
    {
        AddHeader(executionContext.RequestContext.Request);
        base.InvokeSync(executionContext);
    }

    public override Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        AddHeader(executionContext.RequestContext.Request);
        return base.InvokeAsync<T>(executionContext);
    }

    private static void AddHeader(IRequest request)
    {
        if (
            Activity.Current is not { } activity
            || !activity.Source.Name.StartsWith(SdkTracerProvider.ScopePrefix, StringComparison.Ordinal)
        )
            return;
        var trace = activity.TraceId.ToHexString();
        request.Headers["X-Amzn-Trace-Id"] =
            $"Root=1-{trace[..8]}-{trace[8..]};Parent={activity.SpanId.ToHexString()};Sampled={(activity.Recorded ? 1 : 0)}";
    }
}
