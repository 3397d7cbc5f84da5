namespace Aspire.Hosting.Orchestration;

/// <summary>Stops what waits for others before those others: each resource as soon as all its dependents have stopped.</summary>
internal sealed class StopOrder(IEnumerable<IResource> resources, Func<IResource, CancellationToken, Task> stop)
{
    private readonly List<IResource> _resources = [.. resources];
    private readonly Dictionary<IResource, Task> _stopped = [];

    public Task RunAsync(CancellationToken cancellationToken)
    {
        var dependents = _resources
            .SelectMany(resource => resource.Annotations.OfType<WaitAnnotation>().Select(wait => (Dependency: wait.Resource, Dependent: resource)))
            .ToLookup(pair => pair.Dependency, pair => pair.Dependent);
        var path = new HashSet<IResource>();
        foreach (var resource in _resources)
            Visit(resource);
        return Task.WhenAll(_stopped.Values);

        Task Visit(IResource resource)
        {
            if (_stopped.TryGetValue(resource, out var known))
                return known;
            // Two that wait for each other never ran; they must not keep each other from being stopped.
            if (!path.Add(resource))
                return Task.CompletedTask;
            var before = dependents[resource].Distinct().Select(Visit).ToList();
            path.Remove(resource);
            return _stopped[resource] = StopAfterAsync(resource, before, cancellationToken);
        }
    }

    private async Task StopAfterAsync(IResource resource, List<Task> before, CancellationToken cancellationToken)
    {
        await Task.WhenAll(before).ConfigureAwait(false);
        await stop(resource, cancellationToken).ConfigureAwait(false);
    }
}
