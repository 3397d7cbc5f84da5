namespace NotifyQuery.Tests.Support;

/// <summary>Counts concurrent calls. No call ends before a given number of calls are running.</summary>
/// <param name="expected">The number of calls to wait for.</param>
internal sealed class ConcurrencyProbe(int expected)
{
    private readonly TaskCompletionSource full = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock counting = new();
    private int running;

    /// <summary>The highest number of concurrent calls.</summary>
    public int Most { get; private set; }

    /// <summary>Counts one call, and waits until the expected number of calls are running.</summary>
    public async Task PassAsync(CancellationToken cancellationToken)
    {
        lock (counting)
        {
            Most = Math.Max(Most, ++running);
            if (running == expected)
                full.TrySetResult();
        }

        await full.Task.WaitAsync(cancellationToken);
        await Task.Yield();
        lock (counting)
            running--;
    }
}
