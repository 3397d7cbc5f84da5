using Amazon.Runtime.Internal;

namespace OpenTelemetry.Instrumentation.AWS.Implementation;

/// <summary>Adds the handlers to the pipeline of every client that is created from now on.</summary>
internal sealed class TracingCustomizer(AWSClientInstrumentationOptions options) : IRuntimePipelineCustomizer
{
    // The registry uses the first customizer of a name and ignores the others.
    public string UniqueName => "AWS Tracing Registration Customization";

    public void Customize(Type type, RuntimePipeline pipeline)
    {
        // One handler early, where the request is still an object, and one late, where the request has its headers.
        pipeline.AddHandlerBefore<Marshaller>(new RequestTags(options));
        pipeline.AddHandlerBefore<RetryHandler>(new XRayHeader());
    }
}
