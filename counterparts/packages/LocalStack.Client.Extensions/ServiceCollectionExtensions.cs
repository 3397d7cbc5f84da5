using System.Diagnostics.CodeAnalysis;
using Amazon;
using Amazon.Runtime;
using LocalStack.Client.Contracts;
using LocalStack.Client.Options;
using LocalStack.Client.Utils;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LocalStack.Client.Extensions;

public static class ServiceCollectionExtensions
{
    /// <summary>Binds the section <c>LocalStack</c> and registers the session that creates clients from it.</summary>
    [RequiresUnreferencedCode("Options are bound to private setters by reflection.")]
    public static IServiceCollection AddLocalStack(this IServiceCollection collection, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var section = configuration.GetSection("LocalStack");
        collection.Configure<LocalStackOptions>(options => section.Bind(options, binder => binder.BindNonPublicProperties = true));
        collection.Configure<SessionOptions>(options =>
            section.GetSection("Session").Bind(options, binder => binder.BindNonPublicProperties = true)
        );
        collection.Configure<ConfigOptions>(options =>
            section.GetSection("Config").Bind(options, binder => binder.BindNonPublicProperties = true)
        );

        return collection
            .AddTransient<IConfig>(provider => new Config(provider.GetRequiredService<IOptions<ConfigOptions>>().Value))
            .AddSingleton<ISessionReflection, SessionReflection>()
            .AddSingleton<ISession>(provider => new Session(
                provider.GetRequiredService<IOptions<SessionOptions>>().Value,
                provider.GetRequiredService<IConfig>(),
                provider.GetRequiredService<ISessionReflection>()
            ));
    }

    /// <summary>
    /// Registers the client of a service. The client is LocalStack's or AWS's, depending on <c>LocalStack:UseLocalStack</c> at the time of
    /// resolution.
    /// </summary>
    public static IServiceCollection AddAwsService<TService>(
        this IServiceCollection collection,
        ServiceLifetime lifetime = ServiceLifetime.Singleton,
        bool useServiceUrl = false
    )
        where TService : IAmazonService
    {
        ArgumentNullException.ThrowIfNull(collection);
        collection.Add(Descriptor<TService>(lifetime, useServiceUrl));
        return collection;
    }

    public static IServiceCollection AddAWSServiceLocalStack<TService>(
        this IServiceCollection collection,
        ServiceLifetime lifetime = ServiceLifetime.Singleton,
        bool useServiceUrl = false
    )
        where TService : IAmazonService => collection.AddAwsService<TService>(lifetime, useServiceUrl);

    /// <summary>
    /// As <see cref="AddAwsService{TService}"/>, unless the service is already registered. The real package ignores <paramref
    /// name="useServiceUrl"/> here, so such a client uses LocalStack as a proxy.
    /// </summary>
    [SuppressMessage("Style", "IDE0060", Justification = "Ignored by the real package too; code that relies on it must fail here, too.")]
    public static IServiceCollection TryAddAwsService<TService>(
        this IServiceCollection collection,
        ServiceLifetime lifetime = ServiceLifetime.Singleton,
        bool useServiceUrl = false
    )
        where TService : IAmazonService
    {
        collection.TryAdd(Descriptor<TService>(lifetime, useServiceUrl: false));
        return collection;
    }

    public static IServiceCollection TryAddAWSServiceLocalStack<TService>(
        this IServiceCollection collection,
        ServiceLifetime lifetime = ServiceLifetime.Singleton,
        bool useServiceUrl = false
    )
        where TService : IAmazonService
    {
        // Unlike TryAddAwsService, this method uses the argument.
        collection.TryAdd(Descriptor<TService>(lifetime, useServiceUrl));
        return collection;
    }

    private static ServiceDescriptor Descriptor<TService>(ServiceLifetime lifetime, bool useServiceUrl)
        where TService : IAmazonService =>
        new(
            typeof(TService),
            provider =>
                provider.GetRequiredService<IOptions<LocalStackOptions>>().Value.UseLocalStack
                    ? provider.GetRequiredService<ISession>().CreateClientByInterface<TService>(useServiceUrl)
                    : CreateAwsClient<TService>(provider.GetService<IConfiguration>()),
            lifetime
        );

    /// <summary>A client of AWS itself. Profile and region are from the section <c>AWS</c>, then from the SDK's defaults.</summary>
    private static IAmazonService CreateAwsClient<TService>(IConfiguration? configuration)
        where TService : IAmazonService
    {
        var config = TService.CreateDefaultClientConfig();
        var aws = configuration?.GetSection("AWS");
        if (aws?["Profile"] is { Length: > 0 } profile)
            config.Profile = new Profile(profile);
        if (aws?["Region"] is { Length: > 0 } region)
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        return TService.CreateDefaultServiceClient(null, config);
    }
}
