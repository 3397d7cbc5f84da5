using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.AppHost;

/// <summary>
/// Shows state, lag and number of dead letters of the event source among the properties of its resource in the dashboard. Polls every few
/// seconds and publishes only changes, so an idle system stays idle.
/// </summary>
internal sealed class EventSourceProperties(
    EventSourceProperties.Source source,
    ResourceNotificationService notifications,
    IHostApplicationLifetime lifetime,
    ILogger<EventSourceProperties> logger
) : Watcher(lifetime, logger)
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(2);

    /// <summary>The event source.</summary>
    internal sealed record Source(IResource Resource, EndpointReference Endpoint);

    protected override async Task WatchAsync(CancellationToken stoppingToken)
    {
        using var http = new HttpClient { Timeout = TimeLimit };
        var address = await source.Endpoint.GetValueAsync(stoppingToken);
        using var timer = new PeriodicTimer(AskAgainAfter);
        IReadOnlyList<(string Name, string Value)> shown = [];
        await notifications.WaitForResourceAsync(source.Resource.Name, KnownResourceStates.Running, stoppingToken);
        do
        {
            var properties = await AskAsync(http, address + "/status", stoppingToken);
            if (properties.SequenceEqual(shown))
                continue;
            shown = properties;
            await notifications.PublishUpdateAsync(
                source.Resource,
                snapshot =>
                    snapshot with
                    {
                        Properties =
                        [
                            .. snapshot.Properties.Where(property => !properties.Any(own => own.Name == property.Name)),
                            .. properties.Select(own => new ResourcePropertySnapshot(own.Name, own.Value)),
                        ],
                    }
            );
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static async Task<IReadOnlyList<(string Name, string Value)>> AskAsync(
        HttpClient http,
        string address,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var body = await http.GetStreamAsync(address, cancellationToken);
            using var status = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
            return Of(status.RootElement);
        }
        catch (Exception exception)
            when (exception is HttpRequestException or JsonException or IOException
                || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            return Properties("unreachable", null, null, null, null);
        }
    }

    /// <summary>The properties for a response of <c>/status</c>.</summary>
    internal static IReadOnlyList<(string Name, string Value)> Of(JsonElement status)
    {
        var waiting = status.GetProperty("shards").EnumerateArray().Sum(shard => shard.GetProperty("outstanding").GetInt64());
        return Properties(
            status.GetProperty("state").GetString(),
            Number("lag_seconds"),
            Number("iterator_age_seconds"),
            waiting,
            Number("dead_letters")
        );

        double? Number(string name) =>
            status.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number ? value.GetDouble() : null;
    }

    private static (string Name, string Value)[] Properties(string? state, double? lag, double? age, double? waiting, double? deadLetters)
    {
        return
        [
            ("Delivery", state ?? "-"),
            ("Lag of the last batch", Show(lag, "0.0 's'")),
            ("Iterator age", Show(age, "0.0 's'")),
            ("Records waiting", Show(waiting, "0")),
            ("Dead letters", Show(deadLetters, "0")),
        ];

        static string Show(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
    }
}

internal static class EventSourcePropertiesExtensions
{
    /// <summary>Shows the state of the event source as properties of its resource.</summary>
    public static IResourceBuilder<ProjectResource> WithLiveProperties(this IResourceBuilder<ProjectResource> eventSource)
    {
        eventSource.ApplicationBuilder.Services.AddSingleton(
            new EventSourceProperties.Source(eventSource.Resource, eventSource.GetEndpoint("http"))
        );
        eventSource.ApplicationBuilder.Services.AddHostedService<EventSourceProperties>();
        return eventSource;
    }
}
