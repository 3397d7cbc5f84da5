using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.EventSource.Leasing;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Tests of leases whose time a test moves.</summary>
public abstract class TimedLeaseTests
{
    private protected static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    private protected readonly InMemoryCheckpoints checkpoints = new();
    private protected readonly ManualTime time = new();

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Waits for the heartbeat. The time limit of a renewal under way is longer than any pause.</summary>
    private protected Task PausesAsync(double seconds) =>
        Eventually.TrueAsync(() => time.NextIn == TimeSpan.FromSeconds(seconds), $"the heartbeat pauses for {seconds} s");

    private protected async Task<Lease> AcquireAsync(string owner, int seconds) =>
        await TryAcquireAsync(owner, seconds) ?? throw new InvalidOperationException("another owner has the lease");

    private protected Task<Lease?> TryAcquireAsync(string owner, int seconds) =>
        Lease.TryAcquireAsync(checkpoints, "commands", owner, TimeSpan.FromSeconds(seconds), time, NullLogger.Instance, Token);
}
