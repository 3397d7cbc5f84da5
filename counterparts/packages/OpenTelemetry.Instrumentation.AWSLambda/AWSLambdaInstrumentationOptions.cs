namespace OpenTelemetry.Instrumentation.AWSLambda;

public class AWSLambdaInstrumentationOptions
{
    /// <summary>Whether to ignore Lambda's own X-Ray trace as the parent of an invocation without another parent.</summary>
    public bool DisableAwsXRayContextExtraction { get; set; }
}
