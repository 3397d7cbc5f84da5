namespace NotifyQuery.AppHost.Backends;

/// <summary>The LocalStack container.</summary>
internal static class LocalStack
{
    public const string Image = "localstack/localstack";
    public const string Tag = "4.14.0"; // the last community tag: newer images need LOCALSTACK_AUTH_TOKEN

    private const int EdgePort = 4566;

    public static Backend AddLocalStackContainer(this IDistributedApplicationBuilder builder, string name, Settings settings)
    {
        // Aspire uses Docker by default. This selects the runtime that responded.
        builder.Configuration["DcpPublisher:ContainerRuntime"] = settings.ContainerRuntime;
        var container = builder
            .AddContainer(name, Image, Tag)
            .WithHttpEndpoint(port: settings.BackendPort, targetPort: EdgePort)
            .WithEnvironment("SERVICES", "dynamodb")
            .WithEnvironment("EAGER_SERVICE_LOADING", "1")
            .WithEnvironment("DISABLE_EVENTS", "1")
            .WithEnvironment("SKIP_SSL_CERT_DOWNLOAD", "1") // no https here; without a network the download takes 20 s to fail
            .WithEnvironment("LS_LOG", "warn") // otherwise each poll of the stream writes a log line
            // The default provider may swap two fast writes to one item in the stream.
            .WithEnvironment("PROVIDER_OVERRIDE_DYNAMODBSTREAMS", "v2");
        container.WithLocalStackHealthCheck(container.GetEndpoint("http"));
        if (settings.Persist)
        {
            // The tables outlive the container. Each run gets a new container, so a later run cannot collide with an old one.
            container.WithEnvironment("PERSISTENCE", "1").WithVolume("notifyquery-localstack", "/var/lib/localstack").WithRestart();
        }
        else
        {
            // Nothing is persisted, so nothing has to be written to disk: about twice as many writes per second.
            container.WithEnvironment("DYNAMODB_IN_MEMORY", "1");
        }

        if (builder.Configuration["LOCALSTACK_AUTH_TOKEN"] is { Length: > 0 })
        {
            var token = builder.AddParameterFromConfiguration("localstack-auth-token", "LOCALSTACK_AUTH_TOKEN", secret: true);
            container.WithEnvironment("LOCALSTACK_AUTH_TOKEN", token);
        }

        return new(container, container.GetEndpoint("http"));
    }
}
