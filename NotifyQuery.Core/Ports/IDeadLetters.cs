using NotifyQuery.Core.Projection;

namespace NotifyQuery.Core.Ports;

/// <summary>Stores stream records that can never be projected.</summary>
public interface IDeadLetters
{
    /// <summary>Stores a dead letter. Idempotent: the same event is stored once.</summary>
    /// <returns><see cref="WriteOutcome.Applied"/> or <see cref="WriteOutcome.Unavailable"/>; throws for any other error.</returns>
    Task<WriteResult> PutAsync(DeadLetter letter, CancellationToken cancellationToken);
}
