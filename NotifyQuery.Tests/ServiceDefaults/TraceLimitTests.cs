using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.ServiceDefaults;
using NotifyQuery.Tests.Support;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace NotifyQuery.Tests.ServiceDefaults;

/// <summary>How many traces are recorded under load, and that a trace is complete or absent.</summary>
public sealed class TraceLimitTests
{
    private readonly FakeTimeProvider time = FakeTime.New();

    [Theory]
    [InlineData(20, 200)]
    [InlineData(0.5, 5)]
    [InlineData(0.01, 1)] // the first trace is recorded at once
    public void The_traces_of_ten_seconds_may_begin_at_once_and_then_one_after_each_share_of_a_second(double perSecond, int atOnce)
    {
        var limit = new TraceLimit(perSecond, time);

        Assert.Equal(atOnce, Recorded(limit, 300));
        time.Advance(TimeSpan.FromSeconds(0.99 / perSecond));
        Assert.Equal(0, Recorded(limit, 300));
        time.Advance(TimeSpan.FromSeconds(0.02 / perSecond));
        Assert.Equal(1, Recorded(limit, 300));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(atOnce, Recorded(limit, 300));
    }

    [Fact]
    public void Of_a_steady_load_the_limit_is_recorded_and_below_it_everything()
    {
        Assert.InRange(OfAMinute(200), (20 * 60) + 199, (20 * 60) + 201); // the burst, too
        Assert.Equal(15 * 60, OfAMinute(15));

        int OfAMinute(int perSecond)
        {
            var (limit, recorded) = (new TraceLimit(20, time), 0);
            for (var i = 0; i < 60 * perSecond; i++)
            {
                time.Advance(TimeSpan.FromSeconds(1) / perSecond);
                recorded += Recorded(limit, 1);
            }

            return recorded;
        }
    }

    [Fact]
    public async Task Requests_at_the_same_time_get_no_more_than_the_limit()
    {
        var limit = new TraceLimit(50, time);

        var counts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Recorded(limit, 1000))));

        Assert.Equal(500, counts.Sum());
    }

    [Fact]
    public void What_continues_a_trace_is_recorded_as_its_caller_is_whatever_the_limit()
    {
        using var source = new ActivitySource(
            $"{nameof(TraceLimitTests)}.{nameof(What_continues_a_trace_is_recorded_as_its_caller_is_whatever_the_limit)}"
        );
        using var provider = Sdk.CreateTracerProviderBuilder().AddSource(source.Name).LimitTraces(Configured("0.001")).Build();

        using (var first = source.StartActivity())
        {
            Assert.True(first!.Recorded);
            using var child = source.StartActivity();
            Assert.True(child!.Recorded);
        }

        using (var second = source.StartActivity())
        {
            Assert.False(second!.Recorded);
            Assert.Null(source.StartActivity());
        }

        Assert.True(Continued(ActivityTraceFlags.Recorded));
        Assert.False(Continued(ActivityTraceFlags.None));

        bool Continued(ActivityTraceFlags flags)
        {
            var caller = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), flags, isRemote: true);
            using var span = source.StartActivity(ActivityKind.Server, caller);
            return span!.Recorded;
        }
    }

    [Fact]
    public void Without_the_setting_every_trace_is_recorded()
    {
        using var source = new ActivitySource($"{nameof(TraceLimitTests)}.{nameof(Without_the_setting_every_trace_is_recorded)}");
        using var provider = Sdk.CreateTracerProviderBuilder().AddSource(source.Name).LimitTraces(Configured(null)).Build();

        for (var i = 0; i < 100; i++)
        {
            using var span = source.StartActivity();
            Assert.True(span!.Recorded);
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1,5")]
    [InlineData("many")]
    public void A_limit_that_is_no_number_above_0_is_named_with_the_fix(string value)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => Sdk.CreateTracerProviderBuilder().LimitTraces(Configured(value)));

        Assert.Equal($"Telemetry:TracesPerSecond is '{value}': give a number of traces per second above 0.", exception.Message);
    }

    private static IConfiguration Configured(string? limit) =>
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Telemetry:TracesPerSecond"] = limit }).Build();

    private static int Recorded(TraceLimit limit, int traces) =>
        Enumerable
            .Range(0, traces)
            .Count(_ =>
                limit.ShouldSample(new(default, ActivityTraceId.CreateRandom(), "request", ActivityKind.Server)).Decision
                == SamplingDecision.RecordAndSample
            );
}
