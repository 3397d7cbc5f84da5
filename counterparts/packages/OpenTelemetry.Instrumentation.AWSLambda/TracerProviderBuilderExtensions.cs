using OpenTelemetry.Instrumentation.AWSLambda.Implementation;
using OpenTelemetry.Trace;

namespace OpenTelemetry.Instrumentation.AWSLambda;

public static class TracerProviderBuilderExtensions
{
    public static TracerProviderBuilder AddAWSLambdaConfigurations(this TracerProviderBuilder builder) =>
        builder.AddAWSLambdaConfigurations(configure: null);

    /// <summary>Exports the spans of <see cref="AWSLambdaWrapper"/> and describes the function as their resource.</summary>
    public static TracerProviderBuilder AddAWSLambdaConfigurations(
        this TracerProviderBuilder builder,
        Action<AWSLambdaInstrumentationOptions>? configure
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new AWSLambdaInstrumentationOptions();
        configure?.Invoke(options);
        InvocationParent.UseXRay = !options.DisableAwsXRayContextExtraction;
        return builder
            .AddSource(AWSLambdaWrapper.SourceName)
            .ConfigureResource(static resource => resource.AddDetector(new FunctionResource()));
    }
}
