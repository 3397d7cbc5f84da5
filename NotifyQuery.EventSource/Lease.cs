using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Ports;

namespace NotifyQuery.EventSource;

/// <summary>The lease is not ours any more: whatever is being delivered belongs to another event source.</summary>
internal sealed class LeaseLostException() : Exception("Another event source has taken over.");

/// <summary>
/// The right to deliver the changes of one table. It is extended all the time; when that fails, or is late by our own clock (a process
/// that was suspended wakes up with an old lease), it counts as lost at once, before anybody else can have it. Each extension tells what
/// operators have asked for.
/// </summary>
internal sealed class Lease : IAsyncDisposable
{
    private readonly ICheckpoints _checkpoints;
    private readonly string _tableName;
    private readonly string _owner;
    private readonly TimeSpan _duration;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    /// <summary>How soon a request of an operator is seen, at most, however long the lease lasts.</summary>
    private static readonly TimeSpan LongestBeat = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _heartbeat;
    private readonly Lock _lock = new();
    private DeliveryControl _control;
    private TaskCompletionSource _changed = NewSignal();
    private long _renewedAt;

    private Lease(
        ICheckpoints checkpoints, string tableName, string owner, TimeSpan duration, LeaseGrant grant, long renewedAt, TimeProvider time,
        ILogger logger)
    {
        (_checkpoints, _tableName, _owner, _duration, _renewedAt, _time, _logger) = (checkpoints, tableName, owner, duration, renewedAt, time, logger);
        (Stream, _control) = (grant.Stream, grant.Control);
        Lost = _lost.Token;
        _heartbeat = BeatAsync();
    }

    /// <summary>Which stream of the table is being read; null when none has been yet.</summary>
    public StreamPointer? Stream { get; private set; }

    /// <summary>What operators have asked for, as the last extension told.</summary>
    public DeliveryControl Control
    {
        get
        {
            lock (_lock) return _control;
        }
    }

    /// <summary>Cancelled when the lease is lost.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Takes the lease, or returns null while another owner has it.</summary>
    public static async Task<Lease?> TryAcquireAsync(
        ICheckpoints checkpoints, string tableName, string owner, TimeSpan duration, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var now = time.GetUtcNow();
        var grant = await checkpoints.AcquireAsync(new(tableName, owner, now, now + duration), cancellationToken);
        return grant is null ? null : new Lease(checkpoints, tableName, owner, duration, grant, started, time, logger);
    }

    /// <summary>To be called before anything that only the owner may do.</summary>
    public void ThrowIfLost()
    {
        if (!Lost.IsCancellationRequested && Left <= TimeSpan.Zero) _lost.Cancel();
        if (Lost.IsCancellationRequested) throw new LeaseLostException();
    }

    /// <summary>Says that there is proof of another owner.</summary>
    public LeaseLostException Refuted()
    {
        _lost.Cancel();
        return new LeaseLostException();
    }

    public async Task PointAsync(StreamPointer stream, CancellationToken cancellationToken)
    {
        if (!await _checkpoints.PointAsync(_tableName, _owner, stream, cancellationToken)) throw Refuted();
        Stream = stream;
    }

    /// <summary>Waits until operators have asked for something else than <paramref name="version"/>.</summary>
    public async Task ChangedAsync(long version, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_control.Version != version) return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Notes what was carried out. False when operators have asked for something else meanwhile: see <see cref="Control"/>.
    /// </summary>
    /// <exception cref="LeaseLostException">Another event source has the lease.</exception>
    public async Task<bool> TakeAsync(ControlTaken taken, CancellationToken cancellationToken)
    {
        if (await _checkpoints.TakeAsync(_tableName, _owner, taken, cancellationToken))
        {
            Note(Control with { Version = taken.Version, Taken = taken, Resets = [] }, only: taken.Version);
            return true;
        }

        var now = _time.GetUtcNow();
        var grant = await _checkpoints.RenewAsync(new(_tableName, _owner, now, now + _duration), cancellationToken) ?? throw Refuted();
        Note(grant.Control);
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _heartbeat;
        if (!Lost.IsCancellationRequested) await ReleaseAsync();
        _closing.Dispose();
        _lost.Dispose();
    }

    private TimeSpan Left => _duration - _time.GetElapsedTime(Volatile.Read(ref _renewedAt));

    private async Task BeatAsync()
    {
        var beat = _duration / 3 < LongestBeat ? _duration / 3 : LongestBeat;
        var pause = beat;
        try
        {
            while (true)
            {
                await Task.Delay(pause, _time, _closing.Token);
                var started = _time.GetTimestamp();
                var now = _time.GetUtcNow();
                try
                {
                    using var late = new CancellationTokenSource(Left > TimeSpan.Zero ? Left : TimeSpan.Zero, _time);
                    using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _closing.Token);
                    if (await _checkpoints.RenewAsync(new(_tableName, _owner, now, now + _duration), either.Token) is not { } grant) break;
                    Volatile.Write(ref _renewedAt, started);
                    Note(grant.Control);
                    pause = beat;
                }
                catch (Exception exception) when (BackendRetry.IsRemote(exception, _closing.Token))
                {
                    if (Left <= TimeSpan.Zero) break;
                    _logger.LogWarning("Could not extend the lease on {Table}: {Error}", _tableName, exception.Message);
                    pause = _duration / 10;
                }
            }

            await _lost.CancelAsync();
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The lease is being given back.
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes note of what operators have asked for. Answers may overtake each other: an older one tells nothing.</summary>
    private void Note(DeliveryControl control, long? only = null)
    {
        TaskCompletionSource? changed = null;
        lock (_lock)
        {
            if (control.Version < _control.Version || (only is { } version && _control.Version != version)) return;
            if (control.Version != _control.Version) (changed, _changed) = (_changed, NewSignal());
            _control = control;
        }

        changed?.SetResult();
    }

    private async Task ReleaseAsync()
    {
        try
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(1), _time);
            await _checkpoints.ReleaseAsync(_tableName, _owner, deadline.Token);
        }
        catch (Exception exception) when (BackendRetry.IsRemote(exception, CancellationToken.None))
        {
            _logger.LogWarning("Could not give the lease on {Table} back, it expires by itself: {Error}", _tableName, exception.Message);
        }
    }
}
