using Microsoft.Extensions.Time.Testing;

namespace NotifyQuery.Tests.Support;

/// <summary>Clocks that stand still until they are told to move.</summary>
internal static class FakeTime
{
    /// <summary>A clock at a moment that no test depends on.</summary>
    public static FakeTimeProvider New() => new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    /// <summary>Lets the time run until something has ended: what waits for a moment does not wait for it in ours.</summary>
    public static async Task RunUntilAsync(this FakeTimeProvider time, Task end, TimeSpan step)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!end.IsCompleted)
        {
            time.Advance(step);
            await Task.WhenAny(end, Task.Delay(1, deadline.Token));
            deadline.Token.ThrowIfCancellationRequested();
        }

        await end;
    }
}
