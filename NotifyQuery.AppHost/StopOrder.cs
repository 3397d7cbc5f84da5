using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.AppHost;

internal static class StopOrderExtensions
{
    /// <summary>
    /// Stops this resource before the others when the system stops. The resource accepts work, and accepted work still needs the others.
    /// The other projects stop next. The orchestrator then stops the engine and the dashboard, both at the same time. In this order a
    /// running batch is written, a lease is released and telemetry is received while the engine and the dashboard are still running.
    /// </summary>
    public static IResourceBuilder<T> StopsFirst<T>(this IResourceBuilder<T> builder)
        where T : IResource
    {
        builder.ApplicationBuilder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, OrderedStop>());
        return builder.WithAnnotation(new StopsFirstAnnotation(), ResourceAnnotationMutationBehavior.Replace);
    }
}

/// <summary>Marks a resource that accepts work and is stopped before the others.</summary>
internal sealed class StopsFirstAnnotation : IResourceAnnotation;

/// <summary>Stops the projects in their order, before the orchestrator ends the rest.</summary>
internal sealed class OrderedStop(
    DistributedApplicationModel model,
    ResourceNotificationService notifications,
    ResourceCommandService commands,
    ILogger<OrderedStop> logger
) : IHostedLifecycleService
{
    // The orchestrator ends every process that has not ended within this time.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    private int stopping;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // A testing host stops its application, and is then stopped itself.
        if (Interlocked.Exchange(ref stopping, 1) == 1)
            return;

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        var first = model.Resources.Where(resource => resource.Annotations.OfType<StopsFirstAnnotation>().Any()).ToList();
        await StopAsync(first, limit.Token);
        await StopAsync(model.Resources.OfType<ProjectResource>().Except(first), limit.Token);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Task StopAsync(IEnumerable<IResource> resources, CancellationToken cancellationToken) =>
        Task.WhenAll(resources.Select(resource => StopAsync(resource, cancellationToken)));

    private async Task StopAsync(IResource resource, CancellationToken cancellationToken)
    {
        try
        {
            var now = await notifications.WaitForResourceAsync(resource.Name, _ => true, cancellationToken);
            if (now.Snapshot.State?.Text != KnownResourceStates.Running)
                return;

            var result = await commands.ExecuteCommandAsync(resource, KnownResourceCommands.StopCommand, cancellationToken);
            if (result is { Success: false, Canceled: false })
                logger.LogWarning("{Resource} could not be stopped: {Reason}", resource.Name, result.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning("{Resource} did not stop within {Limit} s: the orchestrator ends it", resource.Name, Limit.TotalSeconds);
        }
    }
}
