using Aspire.Hosting.AWS.Lambda;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NotifyQuery.AppHost.Backends;
using NotifyQuery.Operations;

namespace NotifyQuery.AppHost;

/// <summary>Says where this system's parts answer, for the tools on this machine, from its start until its stop.</summary>
internal sealed class Announcement(Announcement.Parts parts) : IHostedLifecycleService, IDisposable
{
    private IDisposable? announced;

    /// <summary>The parts that tools ask.</summary>
    internal sealed record Parts(EndpointReference? Backend, EndpointReference Gateway, EndpointReference Handler, EndpointReference? EventSource);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // All resources are created by now: every part has its address.
    public async Task StartedAsync(CancellationToken cancellationToken) => announced = RunningSystems.OfUser.Announce(new()
    {
        Endpoint = await AddressOfAsync(parts.Backend, cancellationToken),
        Gateway = await AddressOfAsync(parts.Gateway, cancellationToken),
        Handler = await AddressOfAsync(parts.Handler, cancellationToken),
        EventSource = await AddressOfAsync(parts.EventSource, cancellationToken),
    });

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        announced?.Dispose();
        announced = null;
    }

    private static async Task<string?> AddressOfAsync(EndpointReference? endpoint, CancellationToken cancellationToken) =>
        endpoint is null ? null : await endpoint.GetValueAsync(cancellationToken);
}

internal static class AnnouncementExtensions
{
    /// <summary>Announces the system, unless it is started by a test: tests run beside a system that tools may be meant for.</summary>
    public static void AddAnnouncement(
        this IDistributedApplicationBuilder builder, Settings settings, Backend backend, IResourceBuilder<APIGatewayEmulatorResource> gateway,
        IResourceBuilder<ProjectResource> handler, IResourceBuilder<ProjectResource>? eventSource)
    {
        if (settings.IsTest) return;
        builder.Services.AddSingleton(new Announcement.Parts(
            backend.Endpoint, gateway.GetEndpoint("http"), handler.GetEndpoint("http"), eventSource?.GetEndpoint("http")));
        builder.Services.AddHostedService<Announcement>();
    }
}
