namespace NotifyQuery.EventSource.Health;

/// <summary>What the event source is doing.</summary>
internal enum EventSourceState
{
    /// <summary>The lease is neither acquired nor refused yet.</summary>
    Starting,

    /// <summary>It has the lease, and the table has no stream to read.</summary>
    WaitingForStream,

    /// <summary>Another event source has the lease.</summary>
    Standby,

    /// <summary>Batches are delivered as records come.</summary>
    Delivering,

    /// <summary>No batch is begun any more; those under way are being finished.</summary>
    Pausing,

    /// <summary>Nothing is delivered, as operators have asked or the configuration says.</summary>
    Paused,

    /// <summary>The process ends.</summary>
    Stopped,
}
