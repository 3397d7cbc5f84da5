namespace NotifyQuery.Lambdas;

/// <summary>Exports what one provider of telemetry has, within so many milliseconds; false when it could not. Blocks until then.</summary>
internal delegate bool Flush(int milliseconds);

/// <summary>
/// Exports what an invocation has to tell before the invocation ends, because Lambda freezes the process right after. The wait is
/// bounded: a collector that hangs costs an invocation <see cref="Bound"/>, and then nothing for a while. Where the process lives on
/// between invocations nobody waits: telemetry leaves in batches, by the exporters' own schedule.
/// </summary>
/// <param name="flushes">One for each provider.</param>
/// <param name="eachInvocation">Whether the process may be frozen between invocations.</param>
/// <param name="time">Tells when to try again.</param>
internal sealed class TelemetryFlush(IEnumerable<Flush> flushes, bool eachInvocation, TimeProvider time)
{
    /// <summary>The longest that an invocation waits for a collector.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly Lock state = new();
    private Task<bool>? underWay;
    private TimeSpan pause;
    private DateTimeOffset resumeAt;

    /// <summary>Wraps a handler, so that each of its invocations is followed by a flush.</summary>
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
            // One that ran out of time may still be at it: it is waited for, not doubled.
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
            // The collector hangs: see below.
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

    /// <summary>The providers flush by blocking a thread: each gets one of its own.</summary>
    private async Task<bool> FlushAllAsync()
    {
        var exported = await Task.WhenAll(flushes.Select(flush => Task.Run(() => flush((int)Bound.TotalMilliseconds))));
        return Array.TrueForAll(exported, done => done);
    }
}
