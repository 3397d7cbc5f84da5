namespace NotifyQuery.Tests.Support;

/// <summary>Counts how many calls run at once. No call ends before a given number of them run.</summary>
/// <param name="expected">The number to wait for.</param>
internal sealed class ConcurrencyProbe(int expected)
{
    private readonly TaskCompletionSource full = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock counting = new();
    private int running;

    /// <summary>The highest number of calls that ran at once.</summary>
    public int Most { get; private set; }

    /// <summary>What each call does.</summary>
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
