namespace NotifyQuery.Lambdas;

/// <summary>
/// Exports the pending data of one telemetry provider within the given number of milliseconds; false on failure. Blocks until done.
/// </summary>
internal delegate bool Flush(int milliseconds);

/// <summary>
/// Exports the telemetry of an invocation before it ends, because Lambda freezes the process right after. The wait is limited: an
/// unresponsive collector delays one invocation by <see cref="Bound"/>, and the next invocations do not wait for some time. If the process
/// continues to run between invocations, there is no wait: the exporters send batches on their own schedule.
/// </summary>
/// <param name="flushes">One flush for each provider.</param>
/// <param name="eachInvocation">Whether the process may be frozen between invocations.</param>
/// <param name="time">The clock for the next attempt.</param>
internal sealed class TelemetryFlush(IEnumerable<Flush> flushes, bool eachInvocation, TimeProvider time)
{
    /// <summary>The maximum time that an invocation waits for a collector.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly Lock state = new();
    private Task<bool>? underWay;
    private TimeSpan pause;
    private DateTimeOffset resumeAt;

    /// <summary>Wraps a handler so that each invocation is followed by a flush.</summary>
    public Func<TInput, TContext, Task<TOutput>> After<TInput, TContext, TOutput>(Func<TInput, TContext, Task<TOutput>> handler)
    {
        if (!eachInvocation)
            return handler;
        return async (input, context) =>
        {
            try
            {
                return await handler(input, context);
            }
            finally
            {
                await FlushAsync();
            }
        };
    }

    private async Task FlushAsync()
    {
        Task<bool> flush;
        lock (state)
        {
            if (time.GetUtcNow() < resumeAt)
                return;
            // A flush that timed out may still be running. Wait for it instead of starting another one.
            if (underWay is not { IsCompleted: false })
                underWay = FlushAllAsync();
            flush = underWay;
        }

        var exported = false;
        try
        {
            exported = await flush.WaitAsync(Bound, time);
        }
        catch (TimeoutException)
        {
            // The collector did not respond. The next flushes are skipped for a pause.
        }

        lock (state)
        {
            if (exported)
            {
                pause = TimeSpan.Zero;
                return;
            }

            pause =
                pause == TimeSpan.Zero ? FirstPause
                : pause * 2 < LongestPause ? pause * 2
                : LongestPause;
            resumeAt = time.GetUtcNow() + pause;
        }
    }

    /// <summary>The providers block a thread while they flush, so each flush runs on its own thread.</summary>
    private async Task<bool> FlushAllAsync()
    {
        var exported = await Task.WhenAll(flushes.Select(flush => Task.Run(() => flush((int)Bound.TotalMilliseconds))));
        return Array.TrueForAll(exported, done => done);
    }
}
