using Amazon;
using OpenTelemetry.Instrumentation.AWS.Implementation;

namespace OpenTelemetry.Metrics;

public static class MeterProviderBuilderExtensions
{
    public static MeterProviderBuilder AddAWSInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        AWSConfigs.TelemetryProvider.RegisterMeterProvider(new SdkMeterProvider());
        return builder.AddMeter(SdkTracerProvider.ScopePrefix + "*");
    }
}
