using NotifyQuery.Core.Projection;

namespace NotifyQuery.Core.Ports;

/// <summary>Where stream records go that can never be projected.</summary>
public interface IDeadLetters
{
    /// <summary>Keeps a dead letter. Safe to repeat: the same event is kept once.</summary>
    /// <returns><see cref="WriteOutcome.Applied"/> or <see cref="WriteOutcome.Unavailable"/>; whatever is neither is thrown.</returns>
    Task<WriteResult> PutAsync(DeadLetter letter, CancellationToken cancellationToken);
}
