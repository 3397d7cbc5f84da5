using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.Core;

/// <summary>A query table that answers each write as the test says.</summary>
internal sealed class ScriptedStore(Func<ProjectionWrite, CancellationToken, Task<WriteResult>> write) : IProjectionStore
{
    public Task<WriteResult> WriteAsync(ProjectionWrite planned, CancellationToken cancellationToken) => write(planned, cancellationToken);
}
