using Amazon.Runtime.Internal;

namespace OpenTelemetry.Instrumentation.AWS.Implementation;

/// <summary>Puts the handlers into the pipeline of every client made from now on.</summary>
internal sealed class TracingCustomizer(AWSClientInstrumentationOptions options) : IRuntimePipelineCustomizer
{
    // The registry takes the first of a name and leaves the others.
    public string UniqueName => "AWS Tracing Registration Customization";

    public void Customize(Type type, RuntimePipeline pipeline)
    {
        // Early, where the request is still an object; and late, where it has its headers.
        pipeline.AddHandlerBefore<Marshaller>(new RequestTags(options));
        pipeline.AddHandlerBefore<RetryHandler>(new XRayHeader());
    }
}
