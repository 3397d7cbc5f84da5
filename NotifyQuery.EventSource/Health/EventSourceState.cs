namespace NotifyQuery.EventSource.Health;

/// <summary>The state of the event source.</summary>
internal enum EventSourceState
{
    /// <summary>It has not yet tried to acquire the lease.</summary>
    Starting,

    /// <summary>It has the lease, but the table has no stream.</summary>
    WaitingForStream,

    /// <summary>Another event source has the lease.</summary>
    Standby,

    /// <summary>It delivers batches as records arrive.</summary>
    Delivering,

    /// <summary>It starts no new batches; batches in progress finish.</summary>
    Pausing,

    /// <summary>It delivers nothing, because of an operator's request or the configuration.</summary>
    Paused,

    /// <summary>The process is stopping.</summary>
    Stopped,
}
