namespace Aspire.Hosting.Testing;

public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder, IAsyncDisposable, IDisposable
{
    /// <summary>Lets the AppHost's entry point build its application, and go on to run it.</summary>
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}
