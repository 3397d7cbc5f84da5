namespace NotifyQuery.EventSource.Health;

/// <summary>Measures for how long a component has failed and restarted repeatedly.</summary>
/// <param name="time">The clock.</param>
internal sealed class Restarts(TimeProvider time)
{
    /// <summary>Without a failure for this long, the component counts as working again, even if it had nothing to do.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private DateTimeOffset? since;
    private DateTimeOffset last;

    /// <summary>For how long the component has been failing; zero when it works.</summary>
    /// <param name="now">The current time.</param>
    public TimeSpan For(DateTimeOffset now)
    {
        lock (gate)
            return this.since is { } since && now - last < Settled ? now - since : TimeSpan.Zero;
    }

    /// <summary>Whether the component is currently failing repeatedly.</summary>
    public bool Any
    {
        get
        {
            lock (gate)
                return since is not null && time.GetUtcNow() - last < Settled;
        }
    }

    /// <summary>Records a failure with a restart.</summary>
    public void Add()
    {
        var now = time.GetUtcNow();
        lock (gate)
        {
            if (since is null || now - last >= Settled)
                since = now;
            last = now;
        }
    }

    /// <summary>Resets the measurement, because records are done.</summary>
    public void Forget()
    {
        lock (gate)
            since = null;
    }
}
