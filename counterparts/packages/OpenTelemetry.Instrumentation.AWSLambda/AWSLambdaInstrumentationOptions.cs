namespace OpenTelemetry.Instrumentation.AWSLambda;

public class AWSLambdaInstrumentationOptions
{
    /// <summary>Whether Lambda's own X-Ray trace is not used as the parent of an invocation without another parent.</summary>
    public bool DisableAwsXRayContextExtraction { get; set; }
}
