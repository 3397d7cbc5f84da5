namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// A clock that stands still until it is told to move. It is for tests that may move it only once somebody waits for it: this clock says
/// how many wait, and FakeTimeProvider does not. All other tests use FakeTimeProvider.
/// </summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<Timer> timers = [];
    private DateTimeOffset now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>How many are waiting.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
                return timers.Count;
        }
    }

    /// <summary>How long the next one waits; null when nobody does.</summary>
    public TimeSpan? NextIn
    {
        get
        {
            lock (gate)
                return timers.Count == 0 ? null : timers.Min(timer => timer.Due) - now;
        }
    }

    /// <summary>Moves the clock, and wakes whoever was waiting for it.</summary>
    public void Advance(TimeSpan time)
    {
        Jump(time);
        List<Timer> due;
        lock (gate)
        {
            due = [.. timers.Where(timer => timer.Due <= now)];
            timers.RemoveAll(due.Contains);
        }

        foreach (var timer in due)
            timer.Callback();
    }

    /// <summary>Moves the clock and wakes nobody: what a process sees that was suspended.</summary>
    public void Jump(TimeSpan time)
    {
        lock (gate)
            now += time;
    }

    private sealed class Timer(ManualTime owner, Action callback) : ITimer
    {
        public Action Callback => callback;

        public DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan)
                throw new NotSupportedException("This clock fires once.");
            lock (owner.gate)
            {
                owner.timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = owner.now + dueTime;
                owner.timers.Add(this);
                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
