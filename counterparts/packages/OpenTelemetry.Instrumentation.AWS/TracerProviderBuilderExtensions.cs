using Amazon;
using Amazon.Runtime.Internal;
using OpenTelemetry.Instrumentation.AWS;
using OpenTelemetry.Instrumentation.AWS.Implementation;

namespace OpenTelemetry.Trace;

public static class TracerProviderBuilderExtensions
{
    public static TracerProviderBuilder AddAWSInstrumentation(this TracerProviderBuilder builder) => builder.AddAWSInstrumentation(configure: null);

    /// <summary>
    /// Makes spans of the AWS SDK's calls. It holds for the whole process, and for clients made afterwards only: the SDK
    /// builds a client's pipeline once.
    /// </summary>
    public static TracerProviderBuilder AddAWSInstrumentation(this TracerProviderBuilder builder, Action<AWSClientInstrumentationOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new AWSClientInstrumentationOptions();
        configure?.Invoke(options);

        RuntimePipelineCustomizerRegistry.Instance.Register(new TracingCustomizer(options));
        AWSConfigs.TelemetryProvider.RegisterTracerProvider(new SdkTracerProvider());
        return builder.AddSource(SdkTracerProvider.ScopePrefix + "*");
    }
}
