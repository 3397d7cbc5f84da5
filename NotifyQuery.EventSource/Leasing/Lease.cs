using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Ports;

namespace NotifyQuery.EventSource.Leasing;

/// <summary>The lease is lost: another event source now owns the delivery.</summary>
internal sealed class LeaseLostException() : Exception("Another event source has taken over.");

/// <summary>
/// The lease for delivering the changes of one table. It is renewed continuously. If a renewal fails, or is late by our own clock (for
/// example after the process was suspended), the lease counts as lost at once, before another owner can acquire it. Each renewal returns
/// the requests of operators.
/// </summary>
internal sealed class Lease : IAsyncDisposable
{
    private readonly ICheckpoints checkpoints;
    private readonly string tableName;
    private readonly string owner;
    private readonly TimeSpan duration;
    private readonly TimeProvider time;
    private readonly ILogger logger;

    /// <summary>
    /// The maximum time between two renewals. A renewal returns operators' requests, so a long lease must not delay them.
    /// </summary>
    private static readonly TimeSpan LongestBeat = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource lost = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Task heartbeat;
    private readonly Lock gate = new();
    private DeliveryControl control;
    private TaskCompletionSource changed = NewSignal();
    private long renewedAt;

    private Lease(
        ICheckpoints checkpoints,
        string tableName,
        string owner,
        TimeSpan duration,
        LeaseGrant grant,
        long renewedAt,
        TimeProvider time,
        ILogger logger
    )
    {
        (this.checkpoints, this.tableName, this.owner, this.duration) = (checkpoints, tableName, owner, duration);
        (this.renewedAt, this.time, this.logger) = (renewedAt, time, logger);
        (Stream, control) = (grant.Stream, grant.Control);
        Lost = lost.Token;
        heartbeat = BeatAsync();
    }

    /// <summary>Which stream of the table is being read; null when none was read yet.</summary>
    public StreamPointer? Stream { get; private set; }

    /// <summary>The requests of operators, as of the last renewal.</summary>
    public DeliveryControl Control
    {
        get
        {
            lock (gate)
                return control;
        }
    }

    /// <summary>Cancelled when the lease is lost.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Acquires the lease; null while another owner has it.</summary>
    public static async Task<Lease?> TryAcquireAsync(
        ICheckpoints checkpoints,
        string tableName,
        string owner,
        TimeSpan duration,
        TimeProvider time,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var started = time.GetTimestamp();
        var now = time.GetUtcNow();
        var grant = await checkpoints.AcquireAsync(new(tableName, owner, now, now + duration), cancellationToken);
        return grant is null ? null : new Lease(checkpoints, tableName, owner, duration, grant, started, time, logger);
    }

    /// <summary>Throws if the lease is lost. Must be called before every action that only the owner may perform.</summary>
    public void ThrowIfLost()
    {
        if (!Lost.IsCancellationRequested && Left <= TimeSpan.Zero)
            lost.Cancel();
        if (Lost.IsCancellationRequested)
            throw new LeaseLostException();
    }

    /// <summary>Marks the lease as lost, because a failed condition has proven that there is another owner.</summary>
    public LeaseLostException Refuted()
    {
        lost.Cancel();
        return new LeaseLostException();
    }

    /// <summary>Stores which stream of the table is being read.</summary>
    /// <exception cref="LeaseLostException">Another event source has the lease.</exception>
    public async Task PointAsync(StreamPointer stream, CancellationToken cancellationToken)
    {
        if (!await checkpoints.PointAsync(tableName, owner, stream, cancellationToken))
            throw Refuted();
        Stream = stream;
    }

    /// <summary>Waits until the last request of operators is not <paramref name="version"/>.</summary>
    public async Task ChangedAsync(long version, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (gate)
            {
                if (control.Version != version)
                    return;
                changed = this.changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Stores which requests were carried out. False when operators have made another request in the meantime: see <see cref="Control"/>.
    /// </summary>
    /// <exception cref="LeaseLostException">Another event source has the lease.</exception>
    public async Task<bool> TakeAsync(ControlTaken taken, CancellationToken cancellationToken)
    {
        if (await checkpoints.TakeAsync(tableName, owner, taken, cancellationToken))
        {
            Note(Control with { Version = taken.Version, Taken = taken, Resets = [] }, only: taken.Version);
            return true;
        }

        var now = time.GetUtcNow();
        var grant = await checkpoints.RenewAsync(new(tableName, owner, now, now + duration), cancellationToken) ?? throw Refuted();
        Note(grant.Control);
        return false;
    }

    /// <summary>Releases the lease, unless it is lost.</summary>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await heartbeat;
        if (!Lost.IsCancellationRequested)
            await ReleaseAsync();
        closing.Dispose();
        lost.Dispose();
    }

    private TimeSpan Left => duration - time.GetElapsedTime(Volatile.Read(ref renewedAt));

    private async Task BeatAsync()
    {
        var beat = duration / 3 < LongestBeat ? duration / 3 : LongestBeat;
        var pause = beat;
        try
        {
            while (true)
            {
                await Task.Delay(pause, time, closing.Token);
                var started = time.GetTimestamp();
                var now = time.GetUtcNow();
                try
                {
                    using var late = new CancellationTokenSource(Left > TimeSpan.Zero ? Left : TimeSpan.Zero, time);
                    using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, closing.Token);
                    if (await checkpoints.RenewAsync(new(tableName, owner, now, now + duration), either.Token) is not { } grant)
                        break;
                    Volatile.Write(ref renewedAt, started);
                    Note(grant.Control);
                    pause = beat;
                }
                catch (Exception exception) when (BackendRetry.IsRemote(exception, closing.Token))
                {
                    if (Left <= TimeSpan.Zero)
                        break;
                    logger.LogWarning("Could not extend the lease on {Table}: {Error}", tableName, exception.Message);
                    pause = duration / 10;
                }
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // The lease is being released.
        }
        finally
        {
            // Also after an error of our own: without renewals, the lease expires. DisposeAsync throws the error.
            if (!closing.IsCancellationRequested)
                await lost.CancelAsync();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Updates the requests of operators. Responses may arrive out of order: older ones are ignored.</summary>
    private void Note(DeliveryControl control, long? only = null)
    {
        TaskCompletionSource? changed = null;
        lock (gate)
        {
            if (control.Version < this.control.Version || (only is { } version && this.control.Version != version))
                return;
            if (control.Version != this.control.Version)
                (changed, this.changed) = (this.changed, NewSignal());
            this.control = control;
        }

        changed?.SetResult();
    }

    private async Task ReleaseAsync()
    {
        try
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(1), time);
            await checkpoints.ReleaseAsync(tableName, owner, deadline.Token);
        }
        catch (Exception exception) when (BackendRetry.IsRemote(exception, CancellationToken.None))
        {
            logger.LogWarning("Could not release the lease on {Table}, it expires by itself: {Error}", tableName, exception.Message);
        }
    }
}
