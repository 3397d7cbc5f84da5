using NotifyQuery.Operations.Measuring;
using NotifyQuery.Tests.EventSource;

namespace NotifyQuery.Tests.Operations;

/// <summary>A rate is held against the clock, with figures for each interval; all of it on a clock of the test's own.</summary>
public sealed class SteadyLoadTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(500);

    private readonly ManualTime time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task As_many_requests_as_the_rate_needs_are_started_each_at_its_scheduled_time()
    {
        var start = time.GetUtcNow();
        var moments = new double[50];

        var result = await RunAsync(
            new(10, TimeSpan.FromSeconds(5), 4, TimeSpan.FromSeconds(1)),
            (number, _) =>
            {
                moments[number] = (time.GetUtcNow() - start).TotalSeconds;
                return Task.CompletedTask;
            }
        );

        Assert.Equal((50, 50, true, 0), (result.Due, result.Begun, result.Held, result.Whole.Errors));
        Assert.All(moments.Select((moment, number) => moment - (number / 10.0)), late => Assert.InRange(late, 0, 0.5));
        Assert.InRange(result.Intervals.Count, 3, 6);
        Assert.InRange(result.Whole.PerSecond * result.Whole.At, 49, 51);
    }

    [Fact]
    public async Task A_stall_of_the_server_shows_in_the_times_of_all_requests_that_were_due_during_it()
    {
        var stall = TimeSpan.FromSeconds(2);

        var result = await RunAsync(
            new(10, TimeSpan.FromSeconds(4), 1, TimeSpan.FromSeconds(10)),
            (number, token) => number == 5 ? Task.Delay(stall, time, token) : Task.CompletedTask
        );

        // One waited for two seconds; nineteen more were due while it did.
        Assert.True(result.Whole.Max >= 2000, $"{result.Whole.Max}");
        Assert.True(result.Whole.P90 > 1000, $"p90 {result.Whole.P90}");
        Assert.Equal(40, result.Begun);
    }

    [Fact]
    public async Task No_more_requests_run_than_allowed_and_a_rate_that_cannot_be_held_is_reported()
    {
        var (underWay, most) = (0, 0);

        var result = await RunAsync(
            new(100, TimeSpan.FromSeconds(2), 3, TimeSpan.FromSeconds(10)),
            async (_, token) =>
            {
                var now = Interlocked.Increment(ref underWay);
                if (now > most)
                    most = now;
                await Task.Delay(TimeSpan.FromSeconds(1), time, token);
                Interlocked.Decrement(ref underWay);
            }
        );

        Assert.Equal((200, false), (result.Due, result.Held));
        Assert.InRange(most, 1, 3);
        Assert.InRange(result.Begun, 3, 9);
    }

    [Fact]
    public async Task Failures_are_counted_and_the_first_is_reported()
    {
        var result = await RunAsync(
            new(10, TimeSpan.FromSeconds(2), 2, TimeSpan.FromSeconds(10)),
            (number, _) => number % 2 == 0 ? throw new InvalidOperationException($"number {number}") : Task.CompletedTask
        );

        Assert.Equal((20, 10), (result.Begun, result.Whole.Errors));
        Assert.StartsWith("number ", result.FirstError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_that_become_slower_show_in_the_last_quarter()
    {
        var result = await RunAsync(
            new(10, TimeSpan.FromSeconds(8), 16, TimeSpan.FromSeconds(10)),
            (number, token) => Task.Delay(TimeSpan.FromMilliseconds(number < 60 ? 100 : 1000), time, token)
        );

        Assert.True(result.FirstQuarter.P50 < 1000, $"first quarter {result.FirstQuarter.P50}");
        Assert.True(result.LastQuarter.P50 >= 1000, $"last quarter {result.LastQuarter.P50}");
        Assert.Equal((10, 10), (result.FirstQuarter.PerSecond, result.LastQuarter.PerSecond));
    }

    [Fact]
    public async Task Without_a_rate_as_many_requests_run_at_once_as_allowed_and_each_one_is_timed_from_its_start()
    {
        var (underWay, most) = (0, 0);

        var result = await RunAsync(
            new(null, TimeSpan.FromSeconds(4), 3, TimeSpan.FromSeconds(10)),
            async (_, token) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref underWay));
                await Task.Delay(TimeSpan.FromMilliseconds(500), time, token);
                Interlocked.Decrement(ref underWay);
            }
        );

        Assert.Equal((3, true, result.Begun), (most, result.Held, result.Due));
        Assert.InRange(result.Begun, 12, 24); // three at once, half a second each, at most a second on a busy machine
        Assert.InRange(result.Whole.P50!.Value, 500, 1000);
    }

    [Fact]
    public async Task Without_a_rate_a_server_that_refuses_everything_gets_few_requests()
    {
        var result = await RunAsync(
            new(null, TimeSpan.FromSeconds(2), 2, TimeSpan.FromSeconds(10)),
            (_, _) => throw new InvalidOperationException("refused")
        );

        Assert.Equal((result.Begun, "refused"), (result.Whole.Errors, result.FirstError));
        Assert.InRange(result.Begun, 2, 40);
        Assert.Equal(0, result.Whole.PerSecond);
        Assert.Null(result.FirstQuarter.P50);
    }

    [Fact]
    public async Task It_can_be_stopped()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var load = SteadyLoad.RunAsync(
            (_, _) => Task.CompletedTask,
            new(10, TimeSpan.FromHours(24), 4, TimeSpan.FromSeconds(1)),
            null,
            time,
            stop.Token
        );

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => load.WaitAsync(TimeSpan.FromSeconds(30), Token));
    }

    [Fact]
    public async Task If_the_figures_cannot_be_reported_every_request_ends_before_the_load_does()
    {
        var running = 0;
        var load = SteadyLoad.RunAsync(
            async (number, token) =>
            {
                if (number == 0)
                    return; // what is reported
                Interlocked.Increment(ref running);
                try
                {
                    await Task.Delay(Timeout.Infinite, token);
                }
                finally
                {
                    Interlocked.Decrement(ref running);
                }
            },
            new(Rate: null, TimeSpan.FromHours(1), 4, TimeSpan.FromSeconds(1)),
            _ => throw new IOException("no report"),
            time,
            Token
        );
        await Eventually.TrueAsync(() => Volatile.Read(ref running) == 4 && time.Waiting == 1, "the requests run");

        time.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<IOException>(() => load.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Equal(0, Volatile.Read(ref running));
    }

    /// <summary>Advances the clock only when everything waits for it: a busy machine changes nothing.</summary>
    private async Task<SteadyLoadResult> RunAsync(SteadyLoadOptions options, Func<long, CancellationToken, Task> request)
    {
        var done = 0L;
        var load = SteadyLoad.RunAsync(
            async (number, token) =>
            {
                try
                {
                    await request(number, token);
                }
                finally
                {
                    Interlocked.Increment(ref done);
                }
            },
            options,
            null,
            time,
            Token
        );
        var due = options.Rate is { } rate ? (long)Math.Ceiling(rate * options.Duration.TotalSeconds) : long.MaxValue;
        while (!load.IsCompleted)
        {
            // Those that have a request to make or under way, and the interval; those that came too late are gone, so it is not waited for
            // ever.
            var started = TimeProvider.System.GetTimestamp();
            while (
                !load.IsCompleted
                && time.Waiting < 1 + Math.Min(options.Concurrency, due - Interlocked.Read(ref done))
                && TimeProvider.System.GetElapsedTime(started) < Longest
            )
                await Task.Delay(1, Token);
            time.Advance(Step);
        }

        return await load;
    }
}
