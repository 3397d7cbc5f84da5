using System.Reflection;
using Aspire.Hosting.AWS.Lambda;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public static class LambdaExtensions
{
    private const string EmulatorName = "LambdaServiceEmulator";

    /// <summary>Adds a function. Its project is an executable that serves the handler in _HANDLER.</summary>
    public static IResourceBuilder<LambdaProjectResource> AddAWSLambdaFunction<TLambdaProject>(
        this IDistributedApplicationBuilder builder,
        [ResourceName] string name,
        string lambdaHandler,
        LambdaFunctionOptions? options = null
    )
        where TLambdaProject : IProjectMetadata, new()
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(lambdaHandler);
        if (lambdaHandler.Contains("::", StringComparison.Ordinal))
        {
            throw new DistributedApplicationException(
                $"The handler '{lambdaHandler}' of '{name}' belongs to a class library, which needs the real Aspire.Hosting.AWS. Make "
                    + $"the project an executable that runs a LambdaBootstrap."
            );
        }

        options ??= new LambdaFunctionOptions();
        var function = builder.AddResource(new LambdaProjectResource(name)).WithAnnotation(new TLambdaProject());
        if (builder.ExecutionContext.IsRunMode)
        {
            var emulator = builder.Emulator();
            var endpoint = emulator.GetEndpoint("http");
            function
                .WithParentRelationship(emulator)
                .WithEnvironment(
                    "AWS_LAMBDA_RUNTIME_API",
                    $"{endpoint.Property(EndpointProperty.Host)}:{endpoint.Property(EndpointProperty.Port)}/{name}"
                );
        }

        return function
            .WithEnvironment("AWS_EXECUTION_ENV", "aspire.hosting.aws#" + Version())
            .WithEnvironment("AWS_LAMBDA_FUNCTION_NAME", name)
            .WithEnvironment("_HANDLER", lambdaHandler)
            .WithEnvironment("AWS_LAMBDA_LOG_FORMAT", options.LogFormat.Value)
            .WithEnvironment("AWS_LAMBDA_LOG_LEVEL", options.ApplicationLogLevel.Value)
            .WithOtlpExporter()
            .WithTelemetrySwitches();
    }

    /// <summary>Adds the emulator with the given options. Without this call, the first function adds it.</summary>
    public static IResourceBuilder<LambdaEmulatorResource> AddAWSLambdaServiceEmulator(
        this IDistributedApplicationBuilder builder,
        LambdaEmulatorOptions? options = null
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Resources.OfType<LambdaEmulatorResource>().Any())
        {
            throw new InvalidOperationException(
                $"The Lambda emulator exists already: call {nameof(AddAWSLambdaServiceEmulator)} once, before the first function is added."
            );
        }

        options ??= new LambdaEmulatorOptions();
        string[] storage = options.ConfigStoragePath switch
        {
            null => ["--config-storage-path", Path.Combine(Environment.CurrentDirectory, ".aws-lambda-testtool")],
            "" => [],
            var path => ["--config-storage-path", path],
        };
        return builder
            .AddResource(new LambdaEmulatorResource(EmulatorName))
            .ExcludeFromManifest()
            .WithLambdaTestTool(storage)
            .WithHttpEndpoint(port: options.HttpPort, env: "LAMBDA_RUNTIME_API_PORT");
    }

    internal static IResourceBuilder<LambdaEmulatorResource> Emulator(this IDistributedApplicationBuilder builder) =>
        builder.Resources.OfType<LambdaEmulatorResource>().FirstOrDefault() is { } emulator
            ? builder.CreateResourceBuilder(emulator)
            : builder.AddAWSLambdaServiceEmulator();

    private static IResourceBuilder<LambdaProjectResource> WithTelemetrySwitches(this IResourceBuilder<LambdaProjectResource> builder)
    {
        const string Prefix = "OTEL_DOTNET_EXPERIMENTAL_";
        builder
            .WithEnvironment(Prefix + "OTLP_EMIT_EXCEPTION_LOG_ATTRIBUTES", "true")
            .WithEnvironment(Prefix + "OTLP_EMIT_EVENT_LOG_ATTRIBUTES", "true")
            .WithEnvironment(Prefix + "OTLP_RETRY", "in_memory");
        return builder.ApplicationBuilder.Environment.IsDevelopment()
            ? builder
                .WithEnvironment(Prefix + "ASPNETCORE_DISABLE_URL_QUERY_REDACTION", "true")
                .WithEnvironment(Prefix + "HTTPCLIENT_DISABLE_URL_QUERY_REDACTION", "true")
            : builder;
    }

    private static string? Version() =>
        typeof(LambdaExtensions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
