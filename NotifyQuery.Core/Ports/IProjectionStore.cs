using NotifyQuery.Core.Projection;

namespace NotifyQuery.Core.Ports;

/// <summary>The write side of notification-records.</summary>
public interface IProjectionStore
{
    /// <summary>Makes a write if the item is absent or older than <see cref="ProjectionWrite.Version"/>. Safe to repeat.</summary>
    /// <returns>
    /// What became of it; whatever is none of the outcomes is thrown, above all that the table itself is at fault: then no item is refused.
    /// </returns>
    Task<WriteResult> WriteAsync(ProjectionWrite write, CancellationToken cancellationToken);
}

/// <summary>What became of a write.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Reason">Why, for <see cref="WriteOutcome.Refused"/> and <see cref="WriteOutcome.Unavailable"/>.</param>
public readonly record struct WriteResult(WriteOutcome Outcome, string? Reason = null);

/// <summary>The ways in which a write can end.</summary>
public enum WriteOutcome
{
    /// <summary>The item now has this version.</summary>
    Applied,

    /// <summary>The item already had this version or a newer one: nothing to do.</summary>
    Stale,

    /// <summary>The engine will never take this write.</summary>
    Refused,

    /// <summary>The engine did not take it this time (throttled, unreachable, out of time), also after retries.</summary>
    Unavailable,
}
