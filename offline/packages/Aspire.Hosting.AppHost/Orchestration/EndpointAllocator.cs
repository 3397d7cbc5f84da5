using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// Gives every endpoint its address. There is no proxy in front of a process: the port on which it listens is the port that others see.
/// </summary>
internal sealed class EndpointAllocator(IConfiguration configuration) : IDisposable
{
    private readonly Dictionary<IResource, List<PortReservation>> _reservations = [];

    public void Allocate(IResource resource)
    {
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.AllocatedEndpoint is null).ToList())
        {
            if (endpoint.IsProxied && configuration.GetValue<bool>("DcpPublisher:RandomizePorts"))
                endpoint.Port = null;
            var port = (resource is ContainerResource ? OfContainer(resource, endpoint) : OfProcess(resource, endpoint)) ?? Reserve(resource);
            endpoint.AllocatedEndpoint = new(endpoint, "localhost", port);
        }
    }

    /// <summary>To be called right before the resource is started, which then listens on its ports.</summary>
    public void LetGo(IResource resource)
    {
        foreach (var reservation in _reservations.GetValueOrDefault(resource) ?? [])
            reservation.LetGo();
    }

    public void Dispose()
    {
        foreach (var reservation in _reservations.Values.SelectMany(reservations => reservations))
            reservation.Dispose();
        _reservations.Clear();
    }

    private static int? OfContainer(IResource resource, EndpointAnnotation endpoint)
    {
        if (endpoint.TargetPort is null)
        {
            throw new InvalidOperationException(
                $"The endpoint '{endpoint.Name}' for container resource '{resource.Name}' must specify the TargetPort value: the port inside the container.");
        }

        return endpoint.Port;
    }

    private static int? OfProcess(IResource resource, EndpointAnnotation endpoint)
    {
        if (endpoint.Port is { } port && endpoint.TargetPort is { } target && port != target)
        {
            throw new InvalidOperationException(
                $"The endpoint '{endpoint.Name}' of resource '{resource.Name}' has port {port} and target port {target}, but nothing forwards one to the "
                + "other here: give one of them only.");
        }

        if (!endpoint.IsProxied && endpoint.Port is null)
        {
            throw new InvalidOperationException(
                $"Service '{resource.Name}' needs to specify a port for endpoint '{endpoint.Name}' since it isn't using a proxy.");
        }

        return endpoint.TargetPort ?? endpoint.Port;
    }

    private int Reserve(IResource resource)
    {
        var reservation = PortReservation.Take();
        if (!_reservations.TryGetValue(resource, out var reservations))
            _reservations.Add(resource, reservations = []);
        reservations.Add(reservation);
        return reservation.Port;
    }
}
