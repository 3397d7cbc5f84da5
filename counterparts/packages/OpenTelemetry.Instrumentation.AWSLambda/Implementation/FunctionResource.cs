using System.Globalization;
using OpenTelemetry.Resources;

namespace OpenTelemetry.Instrumentation.AWSLambda.Implementation;

/// <summary>The resource attributes of the function, from its environment.</summary>
internal sealed class FunctionResource : IResourceDetector
{
    public Resource Detect()
    {
        var attributes = new Dictionary<string, object> { ["cloud.provider"] = "aws" };
        Add("cloud.region", "AWS_REGION");
        Add("faas.name", "AWS_LAMBDA_FUNCTION_NAME");
        Add("faas.version", "AWS_LAMBDA_FUNCTION_VERSION");
        Add("faas.instance", "AWS_LAMBDA_LOG_STREAM_NAME");
        if (
            long.TryParse(
                Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var megabytes
            )
        )
            attributes["faas.max_memory"] = megabytes * 1024 * 1024;
        return new Resource(attributes);

        void Add(string name, string variable)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
                attributes[name] = value;
        }
    }
}
