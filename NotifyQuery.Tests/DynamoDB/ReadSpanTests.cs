using System.Collections.Concurrent;
using System.Diagnostics;
using NotifyQuery.Core;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;
using OpenTelemetry;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>The span of reads of several keys at once.</summary>
public sealed class ReadSpanTests : IDisposable
{
    private const int Keys = 16;

    private readonly ActivityTraceId trace = ActivityTraceId.CreateRandom();
    private readonly ConcurrentQueue<Activity> spans = [];
    private readonly ActivityListener listener;

    public ReadSpanTests()
    {
        listener = new()
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                // Other tests work at the same time.
                if (span.TraceId == trace)
                    spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    public void Dispose() => listener.Dispose();

    [Fact]
    public async Task Reads_of_several_keys_are_one_span_with_their_number_and_the_SDK_adds_none()
    {
        var suppressed = new ConcurrentQueue<bool>();

        await ReadAsync(
            QueryKind.Campaign,
            _ =>
            {
                suppressed.Enqueue(Sdk.SuppressInstrumentation);
                return Task.CompletedTask;
            }
        );

        Assert.Equal(Enumerable.Repeat(true, Keys), suppressed);
        Assert.False(Sdk.SuppressInstrumentation);
        var span = Assert.Single(spans);
        Assert.Equal(("DynamoDB.Query", ActivityKind.Client, ActivityStatusCode.Unset), (span.DisplayName, span.Kind, span.Status));
        Assert.Equal("dynamodb", span.GetTagItem("db.system"));
        Assert.Equal([new TableNames().NotificationRecords], Assert.IsType<string[]>(span.GetTagItem("aws.dynamodb.table_names")));
        Assert.Equal(Keys, span.GetTagItem("db.operation.batch.size"));
    }

    [Fact]
    public async Task The_read_of_one_key_has_only_the_span_of_the_SDK()
    {
        var suppressed = true;

        await ReadAsync(
            QueryKind.User,
            _ =>
            {
                suppressed = Sdk.SuppressInstrumentation;
                return Task.CompletedTask;
            }
        );

        Assert.False(suppressed);
        Assert.Empty(spans);
    }

    [Fact]
    public async Task A_read_that_fails_is_an_error_of_the_span_with_the_exception()
    {
        var fault = new InvalidOperationException("a fault of our own");

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => ReadAsync(QueryKind.Campaign, _ => throw fault));

        Assert.Same(fault, thrown);
        var span = Assert.Single(spans);
        Assert.Equal((ActivityStatusCode.Error, "a fault of our own"), (span.Status, span.StatusDescription));
        Assert.Equal(typeof(InvalidOperationException).FullName, span.GetTagItem("error.type"));
        Assert.Equal("exception", Assert.Single(span.Events).Name);
    }

    [Fact]
    public async Task Reads_that_are_cancelled_say_so_in_the_span()
    {
        using var stop = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ReadAsync(QueryKind.Campaign, token => ScriptedClient.HangAsync<Task>(stop.Cancel, token), stop.Token)
        );

        var span = Assert.Single(spans);
        Assert.Equal(("cancelled", ActivityStatusCode.Error), (span.GetTagItem("error.type"), span.Status));
        Assert.Empty(span.Events);
    }

    private async Task ReadAsync(QueryKind kind, Func<CancellationToken, Task> before, CancellationToken? cancellationToken = null)
    {
        using var client = new ScriptedClient
        {
            Query = async (_, token) =>
            {
                await before(token);
                return new() { Items = [] };
            },
        };
        var reader = new DynamoDBNotificationReader(client, new TableNames { KeySpread = KeySpread.Over(Keys) });
        using var caller = new Activity("caller").SetParentId(trace, ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded).Start();
        await reader.ReadAsync(
            new()
            {
                By = kind,
                Value = "anything",
                Limit = 20,
            },
            cancellationToken ?? TestContext.Current.CancellationToken
        );
    }
}
