using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Text;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Tests.Handler;

/// <summary>What becomes of a read that fails, is given up, or is measured, as the caller and the operator see it.</summary>
public sealed class FailedReadTests
{
    private const string Target = "/query/user?user_id=alice";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, "1")]
    [InlineData(0, "1")]
    [InlineData(-5, "1")]
    [InlineData(1000, "1")]
    [InlineData(1001, "2")]
    [InlineData(4200, "5")]
    public async Task When_to_ask_again_is_said_in_whole_seconds_and_never_too_early(int? milliseconds, string seconds)
    {
        var failure = new NotificationReadException(ReadFailure.Unavailable, "as the test wants it")
        {
            RetryAfter = milliseconds is { } number ? TimeSpan.FromMilliseconds(number) : null,
        };
        using var handler = Open((_, _) => throw failure);

        var answer = await handler.GetAsync(Target);

        Assert.Equal((503, seconds), (answer.Status, answer.Header("retry-after")));
    }

    [Theory]
    [InlineData(ReadFailure.Timeout, 504)]
    [InlineData(ReadFailure.InvalidAnswer, 502)]
    public async Task What_asking_again_does_not_help_names_no_time_for_it(ReadFailure failure, int status)
    {
        using var handler = Open(
            (_, _) => throw new NotificationReadException(failure, "as the test wants it") { RetryAfter = TimeSpan.FromSeconds(3) }
        );

        var answer = await handler.GetAsync(Target);

        Assert.Equal((status, null), (answer.Status, answer.Header("retry-after")));
        Assert.DoesNotContain("as the test wants it", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_who_goes_away_ends_the_read_made_for_him()
    {
        var (reached, ended) = (
            new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously),
            new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
        );
        using var handler = Open(
            async (_, token) =>
            {
                token.Register(ended.SetResult);
                reached.SetResult();
                await Task.Delay(Timeout.Infinite, token);
                return new([]);
            }
        );
        using (var caller = new TcpClient())
        {
            await caller.ConnectAsync(handler.Address.Host, handler.Address.Port, Token);
            await caller
                .GetStream()
                .WriteAsync(Encoding.ASCII.GetBytes($"GET {Target} HTTP/1.1\r\nHost: {handler.Address.Authority}\r\n\r\n"), Token);
            await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
            Assert.False(ended.Task.IsCompleted);
        }

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task Each_query_that_is_answered_is_measured_by_what_it_asks_by()
    {
        const int Items = 97; // a number that no other test has
        var measured = new List<string?>();
        var durations = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name is "notifyquery.query.items" or "notifyquery.query.duration")
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>(
            (_, items, tags, _) =>
            {
                if (items != Items)
                    return;
                lock (measured)
                    measured.Add(tags[0].Value as string);
            }
        );
        listener.SetMeasurementEventCallback<double>(
            (_, seconds, _, _) =>
            {
                if (seconds >= 0)
                    Interlocked.Increment(ref durations);
            }
        );
        listener.Start();
        using var handler = Open(
            (_, _) =>
                Task.FromResult(
                    new NotificationPage([
                        .. Enumerable
                            .Range(0, Items)
                            .Select(i => new NotifyQuery.Core.Notifications.Notification
                            {
                                TransactionId = $"tx-{i}",
                                UserId = "ann",
                                CreatedAt = "2026-11-22T08:15:30.123Z",
                            }),
                    ])
                )
        );

        foreach (
            var target in (string[])
                [
                    Target,
                    "/query/transaction?transaction_id=tx",
                    "/query/campaign?campaign_id=spring",
                    "/query/status?status=FAILED&from=2026-11-22&to=2026-11-23",
                ]
        )
        {
            Assert.Equal(200, (await handler.GetAsync(target)).Status);
        }

        lock (measured)
            Assert.Equal(["user", "transaction", "campaign", "status"], measured);
        Assert.True(durations >= 4, $"{durations} durations of 4 queries");
    }

    private static HandlerServer Open(Func<NotificationQuery, CancellationToken, Task<NotificationPage>> read) =>
        new(reader: new ScriptedReader(read), settings: ("Access:Required", "false"));

    private sealed class ScriptedReader(Func<NotificationQuery, CancellationToken, Task<NotificationPage>> read) : INotificationReader
    {
        public Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken) =>
            read(query, cancellationToken);
    }
}
