using Amazon;
using Amazon.Runtime.Internal;
using OpenTelemetry.Instrumentation.AWS;
using OpenTelemetry.Instrumentation.AWS.Implementation;

namespace OpenTelemetry.Trace;

public static class TracerProviderBuilderExtensions
{
    public static TracerProviderBuilder AddAWSInstrumentation(this TracerProviderBuilder builder) =>
        builder.AddAWSInstrumentation(configure: null);

    /// <summary>
    /// Creates spans for calls of the AWS SDK. Applies to the whole process, but only to clients that are created afterwards: the SDK
    /// builds the pipeline of a client once.
    /// </summary>
    public static TracerProviderBuilder AddAWSInstrumentation(
        this TracerProviderBuilder builder,
        Action<AWSClientInstrumentationOptions>? configure
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new AWSClientInstrumentationOptions();
        configure?.Invoke(options);

        RuntimePipelineCustomizerRegistry.Instance.Register(new TracingCustomizer(options));
        AWSConfigs.TelemetryProvider.RegisterTracerProvider(new SdkTracerProvider());
        return builder.AddSource(SdkTracerProvider.ScopePrefix + "*");
    }
}
