using NotifyQuery.Core.Projection;

namespace NotifyQuery.Core.Ports;

/// <summary>The write side of notification-records.</summary>
public interface IProjectionStore
{
    /// <summary>Applies a write if the item is absent or older than <see cref="ProjectionWrite.Version"/>. Idempotent.</summary>
    /// <returns>
    /// The outcome. Throws for any other error. If the table itself is at fault, the write throws instead of returning
    /// <see cref="WriteOutcome.Refused"/>.
    /// </returns>
    Task<WriteResult> WriteAsync(ProjectionWrite write, CancellationToken cancellationToken);
}

/// <summary>The result of a write.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Reason">Why, for <see cref="WriteOutcome.Refused"/> and <see cref="WriteOutcome.Unavailable"/>.</param>
public readonly record struct WriteResult(WriteOutcome Outcome, string? Reason = null);

/// <summary>The possible outcomes of a write.</summary>
public enum WriteOutcome
{
    /// <summary>The item now has this version.</summary>
    Applied,

    /// <summary>The item already had this version or a newer one: nothing to do.</summary>
    Stale,

    /// <summary>DynamoDB will never accept this write.</summary>
    Refused,

    /// <summary>The write failed (throttled, unreachable, timed out), even after retries. A later attempt may succeed.</summary>
    Unavailable,
}
