using Microsoft.Extensions.Time.Testing;
using NotifyQuery.Operations.Measuring;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Benchmarks;

public sealed class MeasuringTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ways_are_done_in_turn_after_they_were_warmed_up_and_only_then_timed()
    {
        var done = new List<string>();

        var times = await InterleavedTiming.RunAsync([Way("a"), Way("b")], warmUp: 1, rounds: 2, perRound: 3, TimeProvider.System, Token);

        Assert.Equal(Enumerable.Repeat((string[])["a", "b"], 7).SelectMany(both => both), done);
        Assert.Equal(["a", "b"], times.Select(way => way.Name));
        Assert.All(times, way => Assert.Equal([3, 3], way.Rounds.Select(round => round.Length)));

        TimedWay Way(string name) =>
            new(
                name,
                _ =>
                {
                    done.Add(name);
                    return Task.CompletedTask;
                }
            );
    }

    [Fact]
    public void A_round_has_a_percentile_of_its_own()
    {
        var times = new WayTimes(
            "a",
            [
                [1, 2, 3],
                [30, 10, 20],
            ]
        );

        Assert.Equal([2, 20], times.OfRounds(0.5));
        Assert.Equal(3, times.OfAll(0.5));
    }

    [Fact]
    public async Task A_load_keeps_the_given_number_of_requests_running_and_counts_failures()
    {
        var number = 0;
        var probe = new ConcurrencyProbe(3);
        var time = new FakeTimeProvider();

        var load = await ConcurrentLoad.RunAsync(
            async token =>
            {
                await probe.PassAsync(token);
                var mine = Interlocked.Increment(ref number);
                if (mine == 20)
                    time.Advance(Duration);
                if (mine == 1)
                    throw new InvalidOperationException("the first one fails");
            },
            concurrency: 3,
            Duration,
            time,
            Token
        );

        Assert.Equal(3, probe.Most);
        Assert.Equal((number - 1, 1, "the first one fails"), (load.Requests, load.Errors, load.FirstError));
        Assert.Equal(number - 1, load.PerSecond); // in a second
    }
}
