using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NotifyQuery.EventSource.Health;

namespace NotifyQuery.Tests.EventSource;

/// <summary>An event source in a host; disposing it is a graceful stop.</summary>
internal sealed class RunningEventSource(IHost host) : IAsyncDisposable
{
    public EventSourceStatus Status => host.Services.GetRequiredService<EventSourceStatus>();

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        host.Dispose();
    }
}
