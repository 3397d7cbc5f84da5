using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.Core;

/// <summary>Dead letters that are kept, or not, as the test says.</summary>
internal sealed class ScriptedDeadLetters(Func<DeadLetter, CancellationToken, Task<WriteResult>> put) : IDeadLetters
{
    public Task<WriteResult> PutAsync(DeadLetter letter, CancellationToken cancellationToken) => put(letter, cancellationToken);
}
