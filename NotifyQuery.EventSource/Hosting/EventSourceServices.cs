using Amazon.DynamoDBv2;
using Amazon.Lambda;
using Microsoft.Extensions.Options;
using NotifyQuery.Core.Ports;
using NotifyQuery.DynamoDB;
using NotifyQuery.EventSource.Adapters;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Hosting;

/// <summary>Registers the event source. The caller registers the clients.</summary>
internal static class EventSourceServices
{
    /// <summary>Adds the event source, its health checks and its settings, which are validated at startup.</summary>
    /// <param name="services">The services, including the clients.</param>
    /// <param name="configuration">The settings: section <c>EventSource</c>.</param>
    public static IServiceCollection AddEventSource(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<EventSourceOptions>()
            .Configure<TableNames>((options, tables) => options.TableName = tables.CommandRecords)
            .Bind(configuration.GetSection(EventSourceOptions.Section))
            .ValidateOnStart();
        services.AddHealthChecks().AddCheck<EventSourceHealth>("event-source").AddCheck<DeadLetterHealth>("dead-letters");
        return services
            .AddSingleton<IValidateOptions<EventSourceOptions>, EventSourceOptionsValidator>()
            .AddSingleton(provider => provider.GetRequiredService<IOptions<EventSourceOptions>>().Value)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<EventSourceStatus>()
            .AddSingleton<EventSourceMetrics>()
            .AddSingleton(provider => new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5), Random.Shared.NextDouble))
            .AddSingleton<BackendRetry>()
            .AddSingleton<IChangeStream, DynamoDBChangeStream>()
            .AddSingleton<IFunction>(provider =>
            {
                var options = provider.GetRequiredService<EventSourceOptions>();
                return new LambdaFunction(
                    provider.GetRequiredService<IAmazonLambda>(),
                    options.FunctionName,
                    options.Timeout,
                    provider.GetRequiredService<TimeProvider>()
                );
            })
            .AddSingleton<ICheckpoints>(provider => new DynamoDBCheckpoints(
                provider.GetRequiredService<IAmazonDynamoDB>(),
                provider.GetRequiredService<TableNames>().StreamCheckpoints,
                provider.GetRequiredService<TimeProvider>()
            ))
            .AddSingleton<IDeadLetters, DynamoDBDeadLetters>()
            .AddSingleton<FailureLog>()
            .AddSingleton<DeadLetterHealth>()
            .AddSingleton<OnFailureDestination>()
            .AddSingleton<DeliveryContext>()
            .AddHostedService<EventSourceWorker>();
    }
}
