using Aspire.Hosting.AWS.Lambda;

namespace NotifyQuery.AppHost.Emulators;

/// <summary>Adds the emulators of Aspire.Hosting.AWS, and lets the chosen program serve them.</summary>
internal static class LambdaEmulatorExtensions
{
    /// <summary>The package's first argument. <c>dotnet</c>, the package's command, starts the test tool for it.</summary>
    private const string TestToolArgument = "lambda-test-tool";

    /// <summary>How many invocations the process of a function serves at once.</summary>
    private const string Concurrency = "16";

    /// <summary>Adds Lambda: the runtime API of the functions, and the Invoke API of their callers.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="emulator">The program.</param>
    /// <param name="port">The port; null for any free one.</param>
    public static IResourceBuilder<LambdaEmulatorResource> AddLambdaEmulator(
        this IDistributedApplicationBuilder builder,
        LambdaEmulatorKind emulator,
        int? port
    )
    {
        if (emulator is LambdaEmulatorKind.TestTool)
            return builder
                .AddAWSLambdaServiceEmulator(new() { HttpPort = port })
                .WithHttpHealthCheck("/lambda-runtime-api/healthcheck")
                .WithToolsOnPath();
        return builder
            .AddAWSLambdaServiceEmulator(
                new()
                {
                    HttpPort = port,
                    DisableAutoInstall = true,
                    DisableHttpsEndpoint = true,
                    ConfigStoragePath = "", // there is no web page whose settings would be kept
                }
            )
            .WithNotifyQueryEmulator();
    }

    /// <summary>Adds API Gateway: an HTTP API.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name of the resource.</param>
    /// <param name="emulator">The program.</param>
    /// <param name="port">The port; null for any free one.</param>
    public static IResourceBuilder<APIGatewayEmulatorResource> AddHttpApi(
        this IDistributedApplicationBuilder builder,
        string name,
        LambdaEmulatorKind emulator,
        int? port
    ) =>
        emulator is LambdaEmulatorKind.TestTool
            ? builder.AddAWSAPIGatewayEmulator(name, APIGatewayType.HttpV2, new() { HttpPort = port }).WithToolsOnPath()
            : builder
                .AddAWSAPIGatewayEmulator(name, APIGatewayType.HttpV2, new() { HttpPort = port, DisableHttpsEndpoint = true })
                .WithNotifyQueryEmulator();

    /// <summary>
    /// Lets the process of a function serve several invocations at once, as several sandboxes do on AWS. The test tool would give the same
    /// invocation to each loop of the process, so with it there is one loop. A process with one loop ends if it cannot reach the emulator,
    /// so it is started when the emulator answers.
    /// </summary>
    public static IResourceBuilder<LambdaProjectResource> ServedBy(
        this IResourceBuilder<LambdaProjectResource> function,
        IResourceBuilder<LambdaEmulatorResource> lambda,
        LambdaEmulatorKind emulator
    ) =>
        emulator is LambdaEmulatorKind.TestTool
            ? function.WaitFor(lambda)
            : function.WithEnvironment("AWS_LAMBDA_MAX_CONCURRENCY", Concurrency);

    /// <summary>Starts NotifyQuery.LambdaEmulator instead of the test tool. It understands the arguments of the package.</summary>
    private static IResourceBuilder<T> WithNotifyQueryEmulator<T>(this IResourceBuilder<T> builder)
        where T : ExecutableResource
    {
        var project = new Projects.NotifyQuery_LambdaEmulator().ProjectPath;
        var executable =
            ProcessModel.OutputOf(project)
            ?? throw new DistributedApplicationException($"The Lambda emulator is not built: build {project}, or the solution.");
        return builder
            .WithCommand(executable)
            .WithWorkingDirectory(Path.GetDirectoryName(project)!)
            .WithArgs(context =>
            {
                if (context.Args is [TestToolArgument, ..])
                    context.Args.RemoveAt(0);
            })
            .WithDotNetOfThisProcess();
    }
}
