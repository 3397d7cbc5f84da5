using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.ServiceDefaults;
using OpenTelemetry.Instrumentation.AWSLambda;
using OpenTelemetry.Instrumentation.Http;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace NotifyQuery.Lambdas;

/// <summary>The telemetry of a function, in addition to that of every process.</summary>
internal static class FunctionTelemetry
{
    /// <summary>Adds the telemetry of a function: its invocations, its AWS calls, and the attributes of the function.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The configuration with the environment variables.</param>
    public static IServiceCollection AddFunctionTelemetry(this IServiceCollection services, IConfiguration configuration) =>
        services
            .Configure<HttpClientTraceInstrumentationOptions>(options =>
                options.FilterHttpRequestMessage = request => !IsRuntime(request.RequestUri)
            )
            .AddTelemetry(
                configuration,
                tracing =>
                    tracing
                        // The AWS call has a span. A span for its HTTP request would be redundant.
                        .AddAWSInstrumentation(options => options.SuppressDownstreamInstrumentation = true)
                        .AddAWSLambdaConfigurations(options =>
                            // On AWS every invocation has an X-Ray trace id, sampled or not. Using it as the parent would create orphaned
                            // spans, or lose the trace.
                            options.DisableAwsXRayContextExtraction = !configuration.GetValue("Telemetry:XRayParent", false)
                        ),
                resource => AddFunction(resource, configuration)
            );

    /// <summary>Adds the attributes of the function, by the semantic conventions.</summary>
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

    /// <summary>
    /// Whether a request goes to the Lambda runtime API (next event, response). These requests are not part of any caller's request.
    /// </summary>
    private static bool IsRuntime(Uri? address) =>
        address is { IsAbsoluteUri: true } && address.AbsolutePath.Contains("/2018-06-01/runtime/", StringComparison.Ordinal);
}
