namespace NotifyQuery.EventSource.Health;

/// <summary>Since when something has failed and begun again, again and again.</summary>
/// <param name="time">The clock.</param>
internal sealed class Restarts(TimeProvider time)
{
    /// <summary>What has not failed for so long works again, even if there was nothing for it to do.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private DateTimeOffset? since;
    private DateTimeOffset last;

    /// <summary>For how long; zero when it works.</summary>
    /// <param name="now">The present moment.</param>
    public TimeSpan For(DateTimeOffset now)
    {
        lock (gate)
            return this.since is { } since && now - last < Settled ? now - since : TimeSpan.Zero;
    }

    /// <summary>Whether it fails again and again at present.</summary>
    public bool Any
    {
        get
        {
            lock (gate)
                return since is not null && time.GetUtcNow() - last < Settled;
        }
    }

    /// <summary>It failed, and begins again.</summary>
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

    /// <summary>It works: something was finished.</summary>
    public void Forget()
    {
        lock (gate)
            since = null;
    }
}
