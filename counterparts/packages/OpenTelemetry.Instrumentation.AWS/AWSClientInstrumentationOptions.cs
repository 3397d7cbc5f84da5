namespace OpenTelemetry.Instrumentation.AWS;

public class AWSClientInstrumentationOptions
{
    /// <summary>Whether the spans below the SDK's own, those of its HttpClient above all, are left out.</summary>
    public bool SuppressDownstreamInstrumentation { get; set; }
}
