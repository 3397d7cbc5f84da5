using Amazon.Runtime;
using Microsoft.Extensions.Logging.Testing;
using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Rules;
using static NotifyQuery.Tests.EventSource.NumberedRecords;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What must succeed eventually is tried again as long as only the backend is at fault.</summary>
public sealed class BackendRetryTests : IDisposable
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    private readonly ManualTime time = new();
    private readonly FakeLogger<BackendRetry> log = new();
    private readonly Simulation simulation = new(new(), Stream(0), new FunctionOf(_ => FunctionOf.Success));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_pauses_between_attempts_grow_to_their_limit_and_each_failure_is_counted_but_only_the_first_is_logged()
    {
        using var failures = simulation.Counter("failures");
        var attempts = 0;
        var retrying = Of(first: 1, limit: 4)
            .UntilItSucceedsAsync(
                "store a checkpoint",
                token =>
                {
                    Assert.Equal(Token, token);
                    return ++attempts < 6 ? throw new IOException("away") : Task.FromResult("stored");
                },
                Token
            );

        foreach (var pause in new[] { 1, 2, 4, 4, 4 })
        {
            await Eventually.TrueAsync(() => time.NextIn == TimeSpan.FromSeconds(pause), $"it pauses for {pause} s");
            time.Advance(TimeSpan.FromSeconds(pause));
        }

        Assert.Equal("stored", await retrying.WaitAsync(TimeLimit, Token));
        Assert.Equal(
            ["backend", "backend", "backend", "backend", "backend"],
            failures.GetMeasurementSnapshot().Select(one => one.Tags["reason"])
        );
        Assert.Equal(
            ["Could not store a checkpoint, retrying until it succeeds: away"],
            log.Collector.GetSnapshot().Select(line => line.Message)
        );
    }

    [Fact]
    public async Task A_fault_of_our_own_is_not_tried_again()
    {
        var attempts = 0;

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Of(1, 1).UntilItSucceedsAsync<bool>("act", _ => throw new InvalidOperationException($"attempt {++attempts}"), Token)
        );

        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task A_stop_ends_an_attempt_and_the_pause_after_one()
    {
        using var stop = new CancellationTokenSource();
        var pausing = Of(1, 1).UntilItSucceedsAsync<bool>("act", _ => throw new IOException("away"), stop.Token);
        var acting = Of(1, 1)
            .UntilItSucceedsAsync(
                "act",
                async token =>
                {
                    await Task.Delay(Timeout.Infinite, token);
                    return true;
                },
                stop.Token
            );

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pausing.WaitAsync(TimeLimit, Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acting.WaitAsync(TimeLimit, Token));
    }

    public static TheoryData<Exception, bool> Errors =>
        new()
        {
            { new AmazonServiceException("500"), true },
            { new AmazonClientException("no credentials"), true },
            { new HttpRequestException("refused"), true },
            { new IOException("reset"), true },
            { new TimeoutException("slow"), true },
            { new TaskCanceledException("the client's own timeout"), true },
            { new InvalidOperationException("a fault of our own"), false },
            { new ArgumentException("a fault of our own"), false },
        };

    [Theory]
    [MemberData(nameof(Errors))]
    public void Only_what_the_backend_or_the_network_did_is_tried_again(Exception exception, bool remote) =>
        Assert.Equal(remote, BackendRetry.IsRemote(exception, CancellationToken.None));

    [Fact]
    public void What_was_cancelled_on_a_stop_is_no_failure_of_the_backend_and_another_error_still_is()
    {
        var stopped = new CancellationToken(canceled: true);

        Assert.False(BackendRetry.IsRemote(new OperationCanceledException(), stopped));
        Assert.True(BackendRetry.IsRemote(new IOException("reset"), stopped));
    }

    public void Dispose() => simulation.Dispose();

    private BackendRetry Of(int first, int limit) =>
        new(new Backoff(TimeSpan.FromSeconds(first), TimeSpan.FromSeconds(limit), () => 0), time, simulation.Delivery.Metrics, log);
}
