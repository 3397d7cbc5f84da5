using Aspire.Dashboard.Flow;
using Aspire.Dashboard.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Api;

/// <summary>The one stream that every page has: resources as they change, the flow, and how much telemetry comes.</summary>
internal sealed class LiveApi(ResourceClient resources, FlowMonitor flow, Activity activity, Streams streams)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_activity = TimeSpan.FromMilliseconds(500);

    public void Map(WebApplication app)
    {
        app.MapGet("/api/live", (RequestDelegate)(context => streams.RunAsync(context, SendAsync)));
        app.MapGet("/api/flow", (RequestDelegate)(context =>
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            return context.Response.Body.WriteAsync(flow.Current.Json, context.RequestAborted).AsTask();
        }));
    }

    private async Task SendAsync(EventStream stream, CancellationToken cancellationToken)
    {
        HashSet<string>? known = null;
        long version = 0;
        FlowState? sentFlow = null;
        ActivityCounts? sentCounts = null;
        var counted = streams.Time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            if (resources.Version != version || known is null)
                (version, known) = await SendResourcesAsync(stream, version, known).ConfigureAwait(false);
            if (flow.Current is var now && now != sentFlow)
            {
                sentFlow = now;
                await stream.SendAsync("flow", now.Json).ConfigureAwait(false);
            }

            if (sentCounts is null || streams.Time.GetElapsedTime(counted) >= s_activity)
            {
                counted = streams.Time.GetTimestamp();
                var counts = activity.Now();
                if (counts != sentCounts)
                    await stream.SendAsync("telemetry", counts, ApiJson.Default.ActivityCounts).ConfigureAwait(false);
                sentCounts = counts;
            }

            await stream.PauseAsync(s_look).ConfigureAwait(false);
        }
    }

    private async Task<(long Version, HashSet<string>? Known)> SendResourcesAsync(EventStream stream, long version, HashSet<string>? known)
    {
        var (changed, next) = resources.Since(version);
        if (resources.All() is not { } all)
            return (version, null);
        if (known is null)
        {
            await stream.SendAsync("resources", new(all), ResourceJson.Default.ResourceList).ConfigureAwait(false);
        }
        else
        {
            foreach (var resource in changed)
                await stream.SendAsync("resource", resource, ResourceJson.Default.Resource).ConfigureAwait(false);
            foreach (var gone in known.Where(name => all.All(resource => resource.Name != name)))
                await stream.SendAsync("resource-removed", new(gone), ResourceJson.Default.RemovedResource).ConfigureAwait(false);
        }

        return (next, all.Select(resource => resource.Name).ToHashSet());
    }
}
