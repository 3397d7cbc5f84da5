using Microsoft.Extensions.Time.Testing;

namespace NotifyQuery.Tests.Support;

/// <summary>Clocks that stand still until a test advances them.</summary>
internal static class FakeTime
{
    /// <summary>A clock at a fixed time on which no test depends.</summary>
    public static FakeTimeProvider New() => new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    /// <summary>Advances the clock until a task ends: delays of the code under test take no real time.</summary>
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
