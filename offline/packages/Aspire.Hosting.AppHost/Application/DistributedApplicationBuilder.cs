using System.Reflection;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Orchestration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting;

public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly BuilderInterception? _interception;
    private readonly DistributedApplicationEventing _eventing = new();
    private readonly DistributedApplicationExecutionContextOptions _contextOptions = new(DistributedApplicationOperation.Run);

    public DistributedApplicationBuilder(string[] args) : this(new DistributedApplicationOptions { Args = args }) { }

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var settings = new HostApplicationBuilderSettings { Args = options.Args, Configuration = new() };
        // Weakest of all, so that --environment and DOTNET_ENVIRONMENT win over ASPIRE_ENVIRONMENT.
        settings.Configuration.AddEnvironmentVariables("ASPIRE_");
        _interception = BuilderInterception.Take();
        _interception?.OnBuilderCreating(options, settings);
        // An AppHost reads its settings once; watching the files would only cost handles.
        settings.Configuration.AddInMemoryCollection([new("hostBuilder:reloadConfigOnChange", "false")]);
        _host = new(settings);
        if (string.Equals(Configuration["AppHost:Operation"] ?? Configuration["operation"], "publish", StringComparison.OrdinalIgnoreCase)
            || Configuration["Publishing:Publisher"] is { Length: > 0 } || Configuration["publisher"] is { Length: > 0 })
        {
            throw new DistributedApplicationException("Publishing is not part of this counterpart of Aspire.Hosting: build in the package mode 'nuget'.");
        }

        AppHostAssembly = options.Assembly;
        AppHostDirectory = Path.GetFullPath(options.ProjectDirectory ?? AppHostMetadata.ProjectDirectory(AppHostAssembly) ?? Environment.ContentRootPath);
        AppHostPath = Path.Combine(AppHostDirectory, AppHostMetadata.ProjectFileName(AppHostAssembly) ?? Environment.ApplicationName);
        Configuration.AddInMemoryCollection([new("AppHost:Directory", AppHostDirectory), new("AppHost:Path", AppHostPath)]);
        ExecutionContext = new(_contextOptions);

        AddServices(options);
        _eventing.Subscribe<BeforeStartEvent>(static (start, _) =>
        {
            CheckHealthRegistrations(start);
            return Task.CompletedTask;
        });
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public string AppHostDirectory { get; }

    public string AppHostPath { get; }

    public Assembly? AppHostAssembly { get; }

    public IDistributedApplicationEventing Eventing => _eventing;

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        ModelName.Validate("Resource", resource.Name, resource.TryGetLastAnnotation<NameValidationPolicyAnnotation>(out var policy) ? policy : null);
        if (Resources.TryGetByName(resource.Name, out var existing))
        {
            throw new DistributedApplicationException(
                $"Cannot add resource of type '{resource.GetType()}' with name '{resource.Name}' because resource of type '{existing.GetType()}' with that "
                + "name already exists. Resource names are case-insensitive.");
        }

        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        return new ResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build()
    {
        _interception?.OnBuilding(this);
        var twice = Resources.GroupBy(resource => resource.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
            throw new DistributedApplicationException($"Multiple resources with the name '{twice.Key}'. Resource names are case-insensitive.");

        var application = new DistributedApplication(_host.Build());
        _contextOptions.ServiceProvider = application.Services;
        _eventing.Logger = application.Services.GetRequiredService<ILogger<DistributedApplicationEventing>>();
        _interception?.OnBuilt(application);
        return application;
    }

    private void AddServices(DistributedApplicationOptions options)
    {
        // Their own chatter would drown the few lines that matter.
        _host.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        _host.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        _host.Logging.AddFilter("System.Net.Http.HttpClient." + HttpHealthCheck.ClientName, LogLevel.None);

        var services = Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(ExecutionContext);
        services.AddSingleton(_ => new DistributedApplicationModel(Resources));
        services.AddSingleton(_eventing);
        services.AddSingleton<IDistributedApplicationEventing>(_eventing);
        services.AddSingleton<ResourceLoggerService>();
        services.AddSingleton<ResourceNotificationService>();
        services.AddSingleton(provider => new ResourceCommandService(provider.GetRequiredService<ResourceNotificationService>(),
            provider.GetRequiredService<ResourceLoggerService>(), provider));
        // Without a dashboard there is nobody who could bring a failed dependency back.
        services.Configure<ResourceNotificationServiceOptions>(waiting => waiting.DefaultWaitBehavior = WaitBehavior.StopOnResourceUnavailable);

        services.AddHealthChecks();
        services.AddHttpClient(HttpHealthCheck.ClientName, client => client.Timeout = TimeSpan.FromSeconds(5));
        services.AddSingleton<OrchestrationProcess>();
        services.AddSingleton<EndpointAllocator>();
        services.AddSingleton<ProcessLauncher>();
        services.AddSingleton<ContainerRuntime>();
        services.AddSingleton<ContainerLauncher>();
        services.AddSingleton<ApplicationOrchestrator>();
        services.AddHostedService<ApplicationLifecycleLog>();
        services.AddHostedService<ResourceHealthMonitor>();
        // Before what it tells about is started.
        if (!options.DisableDashboard)
            DashboardHost.AddTo(this, options);
        services.AddHostedService(provider => provider.GetRequiredService<ApplicationOrchestrator>());
        if (options.EnableResourceLogging)
        {
            services.AddSingleton<ResourceLogForwarder>();
            _eventing.Subscribe<BeforeStartEvent>(static (start, _) =>
            {
                start.Services.GetRequiredService<ResourceLogForwarder>();
                return Task.CompletedTask;
            });
        }
    }

    private static void CheckHealthRegistrations(BeforeStartEvent start)
    {
        var registered = start.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations
            .Select(registration => registration.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var missing = start.Model.Resources
            .SelectMany(resource => resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => (resource.Name, check.Key)))
            .Where(check => !registered.Contains(check.Key))
            .ToList();
        var logger = start.Services.GetRequiredService<ILogger<DistributedApplicationBuilder>>();
        foreach (var (resource, key) in missing)
            logger.LogError("The '{HealthCheckKey}' health check is not registered and is required for resource '{ResourceName}'.", key, resource);
        if (missing.Count > 0)
            throw new DistributedApplicationException("A health check registration is missing. Check logs for more details.");
    }
}
