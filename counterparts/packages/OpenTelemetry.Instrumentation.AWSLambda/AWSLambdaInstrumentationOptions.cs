namespace OpenTelemetry.Instrumentation.AWSLambda;

public class AWSLambdaInstrumentationOptions
{
    /// <summary>Whether the X-Ray trace that Lambda itself is in is not taken for the parent of an invocation without another.</summary>
    public bool DisableAwsXRayContextExtraction { get; set; }
}
