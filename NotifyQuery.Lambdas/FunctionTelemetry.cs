using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.ServiceDefaults;
using OpenTelemetry.Instrumentation.AWSLambda;
using OpenTelemetry.Instrumentation.Http;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace NotifyQuery.Lambdas;

/// <summary>What a function adds to the telemetry of every process.</summary>
internal static class FunctionTelemetry
{
    /// <summary>Adds the telemetry of a function: its invocations, its calls of AWS, and which function it is.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">Where the environment is read from.</param>
    public static IServiceCollection AddFunctionTelemetry(this IServiceCollection services, IConfiguration configuration) =>
        services
            .Configure<HttpClientTraceInstrumentationOptions>(options =>
                options.FilterHttpRequestMessage = request => !IsRuntime(request.RequestUri)
            )
            .AddTelemetry(
                configuration,
                tracing =>
                    tracing
                        // The call is the span; the HTTP below it would say the same again.
                        .AddAWSInstrumentation(options => options.SuppressDownstreamInstrumentation = true)
                        .AddAWSLambdaConfigurations(options =>
                            // On AWS every invocation is told an X-Ray trace, sampled or not: to follow it would make orphans, or lose the
                            // trace.
                            options.DisableAwsXRayContextExtraction = !configuration.GetValue("Telemetry:XRayParent", false)
                        ),
                resource => AddFunction(resource, configuration)
            );

    /// <summary>Says which function this is, by the semantic conventions.</summary>
    private static void AddFunction(ResourceBuilder resource, IConfiguration configuration)
    {
        if (configuration["AWS_LAMBDA_FUNCTION_NAME"] is not { Length: > 0 } function)
            return;
        var attributes = new Dictionary<string, object>();
        Add("cloud.provider", "aws");
        Add("cloud.platform", "aws_lambda");
        Add("cloud.region", configuration["AWS_REGION"]);
        Add("faas.name", function);
        Add("faas.version", configuration["AWS_LAMBDA_FUNCTION_VERSION"]);
        Add("faas.instance", configuration["AWS_LAMBDA_LOG_STREAM_NAME"]);
        resource.AddServiceOfThisProgram(function).AddAttributes(attributes);

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                attributes[key] = value;
        }
    }

    /// <summary>A function asks its runtime for the next event and tells it the answer: both belong to no request of anybody's.</summary>
    private static bool IsRuntime(Uri? address) =>
        address is { IsAbsoluteUri: true } && address.AbsolutePath.Contains("/2018-06-01/runtime/", StringComparison.Ordinal);
}
