using System.Globalization;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public class ProjectResourceOptions
{
    public string? LaunchProfileName { get; set; }

    public bool ExcludeLaunchProfile { get; set; }
}

public static class ProjectResourceBuilderExtensions
{
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, [ResourceName] string name)
        where TProject : IProjectMetadata, new() => builder.Add(name, new TProject(), new());

    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, [ResourceName] string name,
        string? launchProfileName) where TProject : IProjectMetadata, new() => builder.Add(name, new TProject(), Options(launchProfileName));

    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, [ResourceName] string name,
        Action<ProjectResourceOptions> configure) where TProject : IProjectMetadata, new() => builder.Add(name, new TProject(), Options(configure));

    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, [ResourceName] string name, string projectPath) =>
        builder.Add(name, AtPath(builder, projectPath), new());

    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, [ResourceName] string name, string projectPath,
        string? launchProfileName) => builder.Add(name, AtPath(builder, projectPath), Options(launchProfileName));

    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, [ResourceName] string name, string projectPath,
        Action<ProjectResourceOptions> configure) => builder.Add(name, AtPath(builder, projectPath), Options(configure));

#pragma warning disable CA1859 // generated metadata comes here as well; the rule does not see through the type parameter
    private static IResourceBuilder<ProjectResource> Add(this IDistributedApplicationBuilder builder, string name, IProjectMetadata metadata,
        ProjectResourceOptions options)
#pragma warning restore CA1859
    {
        ArgumentNullException.ThrowIfNull(builder);
        var project = builder.AddResource(new ProjectResource(name)).WithAnnotation(metadata);
        if (options.ExcludeLaunchProfile)
            return project.WithAnnotation(new ExcludeLaunchProfileAnnotation()).WithProjectDefaults(null);

        if (!File.Exists(metadata.ProjectPath))
            throw new DistributedApplicationException($"Project file '{metadata.ProjectPath}' was not found.");
        if (options.LaunchProfileName is { } chosen)
            project.WithAnnotation(new LaunchProfileAnnotation(chosen));
        else if (builder.Configuration["DOTNET_LAUNCH_PROFILE"] is { Length: > 0 } preferred)
            project.WithAnnotation(new DefaultLaunchProfileAnnotation(preferred));

        var profile = LaunchProfiles.Effective(project.Resource, builder.Configuration);
        var perScheme = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var url in profile?.Profile.ApplicationUrl?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [])
        {
            // "*" and "+" stand for all addresses, which Uri does not know.
            var address = new Uri(url.Replace("://*", "://localhost", StringComparison.Ordinal).Replace("://+", "://localhost", StringComparison.Ordinal));
            var number = perScheme[address.Scheme] = perScheme.GetValueOrDefault(address.Scheme) + 1;
            var endpointName = number == 1 ? address.Scheme : string.Create(CultureInfo.InvariantCulture, $"{address.Scheme}{number}");
            project.WithEndpoint(endpointName, endpoint =>
            {
                endpoint.Port = address.Port;
                endpoint.UriScheme = address.Scheme;
            });
        }

        return project.WithProjectDefaults(profile);
    }

    /// <summary>What every project gets in its environment. The caller's own variables come later and win.</summary>
    private static IResourceBuilder<ProjectResource> WithProjectDefaults(this IResourceBuilder<ProjectResource> builder,
        (string Name, LaunchProfile Profile)? launch)
    {
        var development = builder.ApplicationBuilder.Environment.IsDevelopment();
        return builder.WithOtlpExporter().WithEnvironment(context =>
        {
            var variables = context.EnvironmentVariables;
            if (launch is var (name, profile))
            {
                variables.TryAdd("DOTNET_LAUNCH_PROFILE", name);
                foreach (var (key, value) in profile.EnvironmentVariables)
                    variables.TryAdd(key, Environment.ExpandEnvironmentVariables(value));
            }

            variables["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory";
            if (development)
            {
                variables["OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION"] = "true";
                variables["OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION"] = "true";
            }

            variables["DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION"] = "true";
            variables["LOGGING__CONSOLE__FORMATTERNAME"] = "simple";
            AddListeningAddresses(builder.Resource, variables);
        });
    }

    private static void AddListeningAddresses(ProjectResource project, Dictionary<string, object> variables)
    {
        var endpoints = project.GetEndpoints()
            .Where(endpoint => endpoint.EndpointAnnotation is { UriScheme: "http" or "https", PortVariable: null })
            .ToList();
        if (endpoints.Count > 0)
        {
            var urls = new ReferenceExpressionBuilder();
            foreach (var endpoint in endpoints)
            {
                urls.AppendLiteral(urls.IsEmpty ? "" : ";");
                urls.AppendLiteral($"{endpoint.Scheme}://{endpoint.EndpointAnnotation.TargetHost}:");
                urls.AppendFormatted(endpoint.Property(EndpointProperty.TargetPort));
            }

            variables["ASPNETCORE_URLS"] = urls.Build();
        }

        if (endpoints.Find(endpoint => endpoint.IsHttps) is { } https)
            variables["ASPNETCORE_HTTPS_PORT"] = https.Property(EndpointProperty.Port);
    }

    private static ProjectPathMetadata AtPath(IDistributedApplicationBuilder builder, string projectPath)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(projectPath);
        return new(Path.GetFullPath(projectPath, builder.AppHostDirectory));
    }

    private static ProjectResourceOptions Options(string? launchProfileName) =>
        new() { LaunchProfileName = launchProfileName, ExcludeLaunchProfile = launchProfileName is null };

    private static ProjectResourceOptions Options(Action<ProjectResourceOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new ProjectResourceOptions();
        configure(options);
        return options;
    }
}
