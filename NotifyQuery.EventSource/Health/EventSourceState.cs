namespace NotifyQuery.EventSource.Health;

/// <summary>The state of the event source.</summary>
internal enum EventSourceState
{
    /// <summary>The first attempt to acquire the lease has not ended yet.</summary>
    Starting,

    /// <summary>The event source has the lease, but the table has no stream to read.</summary>
    WaitingForStream,

    /// <summary>Another event source has the lease.</summary>
    Standby,

    /// <summary>Batches are delivered as records arrive.</summary>
    Delivering,

    /// <summary>No new batches start; batches in progress finish.</summary>
    Pausing,

    /// <summary>Nothing is delivered, because of an operator's request or the configuration.</summary>
    Paused,

    /// <summary>The process is stopping.</summary>
    Stopped,
}
