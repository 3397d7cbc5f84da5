namespace OpenTelemetry.Instrumentation.AWS;

public class AWSClientInstrumentationOptions
{
    /// <summary>Whether to leave out the spans below the SDK's own span, mainly those of HttpClient.</summary>
    public bool SuppressDownstreamInstrumentation { get; set; }
}
