using System.Net;
using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.Core;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations;
using NotifyQuery.Operations.Watching;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Watching;

/// <summary>The figures of a local system, from the status of its processes.</summary>
public sealed class LocalPipelineTests : IDisposable
{
    private const string EventSource = "http://127.0.0.1:5001";
    private const string Handler = "http://127.0.0.1:5002";

    private readonly FakeTimeProvider time = FakeTime.New();
    private readonly Dictionary<string, Func<string>> answers = [];
    private readonly AmazonDynamoDBClient nobody = new(
        new BasicAWSCredentials("test", "test"),
        new AmazonDynamoDBConfig
        {
            ServiceURL = "http://127.0.0.1:9",
            AuthenticationRegion = "us-east-1",
            MaxErrorRetry = 0,
        }
    );
    private readonly HttpClient http;
    private SystemAddresses addresses = new()
    {
        Endpoint = "http://127.0.0.1:9",
        EventSource = EventSource,
        Handler = Handler,
    };

    public LocalPipelineTests() => http = new(new Answering(answers));

    public void Dispose()
    {
        http.Dispose();
        nobody.Dispose();
    }

    [Fact]
    public async Task Rates_and_percentiles_are_of_the_time_between_two_samples()
    {
        var pipeline = Create();
        answers[EventSource] = () => Status(read: 100, done: 90, invocations: 10, failed: 1);
        answers[Handler] = () => Counts((0.001, 100), (1, 5));
        var first = await pipeline.ReadAsync(TestContext.Current.CancellationToken);

        time.Advance(TimeSpan.FromSeconds(2));
        answers[EventSource] = () => Status(read: 500, done: 490, invocations: 14, failed: 1);
        answers[Handler] = () => Counts((0.001, 100), (0.010, 98), (0.2, 2), (1, 5));
        var second = await pipeline.ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(("delivering", null, null), (first.Write.State, first.Write.ReadPerSecond, first.Read.Handler.PerSecond));
        Assert.Equal(
            (200, 200, 2, 0),
            (
                second.Write.ReadPerSecond,
                second.Write.DonePerSecond,
                second.Write.InvocationsPerSecond,
                second.Write.FailedInvocationsPerSecond
            )
        );
        Assert.Equal(
            (12, 3, 0.25, 1.5),
            (second.Write.Outstanding, second.Write.InFlight, second.Write.LagSeconds, second.Write.IteratorAgeSeconds)
        );
        Assert.Equal((50, 0), (second.Read.Handler.PerSecond, second.Read.Handler.FailedPerSecond));
        Assert.InRange(second.Read.Handler.P50!.Value, 10, 10.5);
        Assert.InRange(second.Read.Handler.P99!.Value, 200, 210);
        Assert.Same(second.Read.Handler, second.Read.Front);
    }

    [Fact]
    public async Task A_process_that_was_restarted_counts_from_0_and_no_figure_is_invented()
    {
        var pipeline = Create();
        answers[EventSource] = () => Status(read: 100, done: 90, invocations: 10, failed: 0);
        answers[Handler] = () => Counts((0.001, 100));
        await pipeline.ReadAsync(TestContext.Current.CancellationToken);

        time.Advance(TimeSpan.FromSeconds(1));
        answers[EventSource] = () => Status(read: 1, done: 1, invocations: 1, failed: 0);
        answers[Handler] = () => Counts((0.001, 3));
        var again = await pipeline.ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal((null, null, null), (again.Write.ReadPerSecond, again.Write.DonePerSecond, again.Write.LagSeconds));
        Assert.Equal(HopFigures.Unknown, again.Read.Handler);
    }

    [Fact]
    public async Task A_part_that_does_not_answer_is_named_and_found_at_its_new_address()
    {
        var pipeline = Create();
        answers[Handler] = () => throw new HttpRequestException("Connection refused");
        answers[EventSource] = () => "<html>";
        var lost = await pipeline.ReadAsync(TestContext.Current.CancellationToken);
        answers["http://127.0.0.1:5003"] = () => Status(read: 1, done: 1, invocations: 1, failed: 0);
        addresses = addresses with { EventSource = "http://127.0.0.1:5003" };
        await pipeline.ReadAsync(TestContext.Current.CancellationToken);
        var found = await pipeline.ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal("unreachable", lost.Write.State);
        Assert.Contains(
            lost.Problems,
            problem => problem.StartsWith($"the event source at {EventSource} does not respond: ", StringComparison.Ordinal)
        );
        Assert.Contains($"the Handler at {Handler} does not respond: Connection refused", lost.Problems);
        Assert.Contains(
            lost.Problems,
            problem => problem.StartsWith("DynamoDB at http://127.0.0.1:9 does not respond: ", StringComparison.Ordinal)
        );
        Assert.Null(lost.Write.DeadLetters);
        Assert.Equal("delivering", found.Write.State);
    }

    [Fact]
    public async Task A_Handler_without_the_status_setting_is_reported()
    {
        var figures = await Create().ReadAsync(TestContext.Current.CancellationToken);

        Assert.Contains($"the Handler at {Handler} reports no status: set Handler:Status to true there", figures.Problems);
    }

    [Fact]
    public async Task The_last_error_of_the_event_source_is_a_problem()
    {
        answers[EventSource] = () => Status(read: 1, done: 0, invocations: 1, failed: 1, error: "the function timed out");

        Assert.Contains(
            "the event source's last delivery failed: the function timed out",
            (await Create().ReadAsync(TestContext.Current.CancellationToken)).Problems
        );
    }

    [Fact]
    public async Task A_request_that_fails_at_the_moment_of_Ctrl_C_does_not_hide_it()
    {
        using var pressed = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var refusing = new ScriptedClient
        {
            Query = (_, _) =>
            {
                pressed.Cancel();
                throw new AmazonClientException("Connection refused");
            },
        };

        var thrown = await Record.ExceptionAsync(() => Create(refusing).ReadAsync(pressed.Token));

        Assert.True(thrown is null or OperationCanceledException, thrown?.ToString());
    }

    private LocalPipeline Create(IAmazonDynamoDB? engine = null) =>
        new(() => addresses, http, new FailureLog(engine ?? nobody, new(), time), time);

    private static string Status(long read, long done, long invocations, long failed, string? error = null) =>
        JsonSerializer.Serialize(
            new
            {
                state = "delivering",
                records_done = done,
                records_read = read,
                invocations,
                invocations_failed = failed,
                lag_seconds = 0.25,
                iterator_age_seconds = 1.5,
                last_error = error,
                shards = new[] { new { outstanding = 10, invocations_in_flight = 2 }, new { outstanding = 2, invocations_in_flight = 1 } },
            }
        );

    private static string Counts(params (double Seconds, long Count)[] durations)
    {
        var counts = new
        {
            count = durations.Sum(it => it.Count),
            failed = 0,
            buckets = durations.ToDictionary(it => LatencyBuckets.IndexOf(it.Seconds), it => it.Count),
        };
        return JsonSerializer.Serialize(new { requests = counts, invocations = counts });
    }

    private sealed class Answering(Dictionary<string, Func<string>> answers) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(
                answers.TryGetValue(request.RequestUri!.GetLeftPart(UriPartial.Authority), out var answer)
                && request.RequestUri.AbsolutePath == "/status"
                    ? new HttpResponseMessage { Content = new StringContent(answer()) }
                    : new(HttpStatusCode.NotFound)
            );
    }
}
