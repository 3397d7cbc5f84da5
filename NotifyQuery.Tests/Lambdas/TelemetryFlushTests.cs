using NotifyQuery.Lambdas;
using NotifyQuery.Tests.EventSource;

namespace NotifyQuery.Tests.Lambdas;

public sealed class TelemetryFlushTests
{
    private readonly ManualTime time = new();

    [Fact]
    public async Task Telemetry_leaves_before_an_invocation_ends_where_the_process_may_be_frozen()
    {
        var handled = false;
        var flushedAfter = new List<bool>();
        var invoke = new TelemetryFlush([Flushed, Flushed], eachInvocation: true, time).After<int, int, int>(
            async (input, _) =>
            {
                await Task.Yield();
                handled = true;
                return input + 1;
            }
        );

        Assert.Equal(2, await invoke(1, 0));
        Assert.Equal([true, true], flushedAfter);

        bool Flushed(int milliseconds)
        {
            lock (flushedAfter)
                flushedAfter.Add(handled);
            return true;
        }
    }

    [Fact]
    public async Task Nobody_waits_where_the_process_lives_on()
    {
        var invoke = new TelemetryFlush([_ => throw new InvalidOperationException("flushed")], eachInvocation: false, time).After<
            int,
            int,
            int
        >((input, _) => Task.FromResult(input));

        Assert.Equal(1, await invoke(1, 0));
    }

    [Fact]
    public async Task A_collector_that_hangs_costs_an_invocation_half_a_second_and_the_next_ones_nothing()
    {
        using var answers = new SemaphoreSlim(0);
        var flushes = 0;
        var invoke = new TelemetryFlush([Hang], eachInvocation: true, time).After<int, int, int>((input, _) => Task.FromResult(input));

        var first = invoke(1, 0);
        await Eventually.TrueAsync(() => Volatile.Read(ref flushes) == 1 && time.Waiting == 1, "the flush is waited for");
        Assert.False(first.IsCompleted);
        time.Advance(TelemetryFlush.Bound);
        Assert.Equal(1, await first);

        Assert.True(invoke(2, 0).IsCompletedSuccessfully);
        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.True(invoke(3, 0).IsCompletedSuccessfully);

        // After the pause it is tried again; the flush that still hangs is not doubled, and the next pause is longer.
        time.Advance(TimeSpan.FromSeconds(0.1));
        var fourth = invoke(4, 0);
        await Eventually.TrueAsync(() => time.Waiting == 1, "the flush is waited for again");
        time.Advance(TelemetryFlush.Bound);
        await fourth;
        Assert.Equal(1, flushes);
        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.True(invoke(5, 0).IsCompletedSuccessfully);

        // Once the collector answers, each invocation flushes again.
        answers.Release(100);
        time.Advance(TimeSpan.FromSeconds(0.1));
        await invoke(6, 0);
        await invoke(7, 0);
        Assert.InRange(flushes, 2, 3);

        bool Hang(int milliseconds)
        {
            Interlocked.Increment(ref flushes);
            answers.Wait(TestContext.Current.CancellationToken);
            return true;
        }
    }

    [Fact]
    public async Task A_failure_of_the_function_is_its_own_and_what_it_told_leaves_all_the_same()
    {
        var flushed = false;
        var invoke = new TelemetryFlush([_ => flushed = true], eachInvocation: true, time).After<int, int, int>(
            (_, _) => throw new InvalidOperationException("boom")
        );

        await Assert.ThrowsAsync<InvalidOperationException>(() => invoke(1, 0));
        Assert.True(flushed);
    }
}
