namespace Aspire.Hosting.Orchestration;

/// <summary>One run of a resource: a process or a container, from its start to its end.</summary>
internal abstract class ResourceRun
{
    /// <summary>What is shown of it besides its state.</summary>
    public required IReadOnlyList<ResourcePropertySnapshot> Properties { get; init; }

    public required ResourceConfiguration Configuration { get; init; }

    /// <summary>The exit code, once all that was printed has been logged.</summary>
    public abstract Task<int> Exited { get; }

    /// <summary>Returns when the end is certain to come; <see cref="Exited"/> tells when it has.</summary>
    /// <param name="applicationStops">What is meant to outlive the application is then let go instead.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public abstract Task StopAsync(bool applicationStops, CancellationToken cancellationToken);
}

internal sealed class ProcessRun(ChildProcess process) : ResourceRun
{
    public override Task<int> Exited => process.Exited;

    public override Task StopAsync(bool applicationStops, CancellationToken cancellationToken) => process.StopAsync();
}
