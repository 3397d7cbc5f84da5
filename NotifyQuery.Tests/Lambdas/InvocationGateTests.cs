using System.Text;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.Lambdas;
using NotifyQuery.Tests.EventSource;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Lambdas;

/// <summary>
/// Where the gate lets a runtime loop be cancelled. The loop is played by hand, request by request, with the gate's token in each, as
/// the runtime does.
/// </summary>
public sealed class InvocationGateTests : IAsyncDisposable
{
    /// <summary>A gate that does not close fails the test, instead of holding it up.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider time = FakeTime.New();
    private readonly InvocationGate gate;
    private readonly HttpClient client;

    public InvocationGateTests()
    {
        gate = new(time);
        client = gate.CreateClient();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_gate_without_an_invocation_closes_at_once()
    {
        Assert.False(gate.Closed.IsCancellationRequested);

        gate.Close();

        Assert.True(gate.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task A_function_that_waits_for_an_invocation_stops_waiting()
    {
        await using var api = await RuntimeApiStub.StartAsync();
        var next = NextAsync(api);
        await api.IsPolledAsync();
        Assert.False(gate.Closed.IsCancellationRequested);

        gate.Close();
        Assert.False(gate.Closed.IsCancellationRequested);
        time.Advance(InvocationGate.LastCall);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.True(gate.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task An_invocation_that_was_handed_out_just_before_the_stop_is_served()
    {
        await using var api = await RuntimeApiStub.StartAsync();
        api.Release();
        var next = NextAsync(api);
        await api.IsPolledAsync();

        gate.Close();
        api.Invoke("{}"); // on its way
        using var invocation = await next;
        time.Advance(InvocationGate.LastCall);
        Assert.False(gate.Closed.IsCancellationRequested);
        using var accepted = await PostAsync(api, "response", "{}");

        Assert.Single(api.Posts);
        Assert.True(gate.Closed.IsCancellationRequested);
    }

    [Theory]
    [InlineData("response")]
    [InlineData("error")]
    public async Task An_invocation_is_under_way_until_its_answer_was_sent(string kind)
    {
        await using var api = await RuntimeApiStub.StartAsync();
        api.Invoke("{}");
        using var invocation = await NextAsync(api); // its headers: the body is still to come

        gate.Close();
        time.Advance(InvocationGate.LastCall);
        Assert.False(gate.Closed.IsCancellationRequested);
        api.Steps.BeforeBody.SetResult();
        Assert.Equal("{}", await invocation.Content.ReadAsStringAsync(gate.Closed));
        var posting = PostAsync(api, kind, """{"answer":1}""");
        await api.Posting.Task;
        Assert.False(gate.Closed.IsCancellationRequested);
        api.Steps.BeforeAccepted.SetResult();
        using var accepted = await posting;

        Assert.Equal((kind, """{"answer":1}"""), Assert.Single(api.Posts));
        Assert.True(gate.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task A_gate_that_is_not_closed_stays_open_between_invocations()
    {
        await using var api = await RuntimeApiStub.StartAsync();
        api.Release();
        for (var number = 0; number < 3; number++)
        {
            api.Invoke("{}");
            using var invocation = await NextAsync(api);
            using var accepted = await PostAsync(api, "response", "{}");
            Assert.False(gate.Closed.IsCancellationRequested);
        }

        gate.Close();
        Assert.True(gate.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_sent_is_told_to_the_loop_and_under_way_until_that_asks_again()
    {
        await using var api = await RuntimeApiStub.StartAsync();
        api.Release();
        api.Invoke("{}");
        using (await NextAsync(api))
            gate.Close();
        Assert.False(gate.Closed.IsCancellationRequested);

        await Assert.ThrowsAsync<HttpRequestException>(async () =>
            await client.PostAsync(new Uri("http://127.0.0.1:1/2018-06-01/runtime/invocation/request-1/response"), null, gate.Closed)
        );
        Assert.False(gate.Closed.IsCancellationRequested);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => NextAsync(api));
        Assert.True(gate.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task An_answer_that_is_refused_is_told_to_the_loop_and_under_way_until_that_asks_again()
    {
        await using var api = await RuntimeApiStub.StartAsync();
        api.Release();
        api.Invoke("{}");
        using (await NextAsync(api))
            gate.Close();

        using var refusal = await client.PostAsync(
            new Uri($"http://{api.Endpoint}/elsewhere/invocation/request-1/response"),
            null,
            gate.Closed
        );
        Assert.False(refusal.IsSuccessStatusCode);
        Assert.False(gate.Closed.IsCancellationRequested);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => NextAsync(api));
        Assert.True(gate.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task A_runtime_API_that_refuses_to_give_an_invocation_leaves_none_under_way()
    {
        await using var api = await RuntimeApiStub.StartAsync();
        using (
            await client.GetAsync(
                new Uri($"http://{api.Endpoint}/elsewhere/invocation/next"),
                HttpCompletionOption.ResponseHeadersRead,
                gate.Closed
            )
        )
            Assert.False(gate.Closed.IsCancellationRequested);

        gate.Close();

        Assert.True(gate.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task A_loop_that_cannot_reach_the_runtime_API_waits_before_it_may_try_again()
    {
        var pauses = new ManualTime();
        using var pausing = new InvocationGate(pauses);
        using var loop = pausing.CreateClient();

        var next = loop.GetAsync(new Uri("http://127.0.0.1:1/2018-06-01/runtime/invocation/next"), pausing.Closed);
        await Eventually.TrueAsync(() => pauses.NextIn == InvocationGate.RetryPause, "the loop waits");
        Assert.False(next.IsCompleted);

        pauses.Advance(InvocationGate.RetryPause);
        await Assert.ThrowsAsync<HttpRequestException>(() => next);
        pausing.Close();
        Assert.True(pausing.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task While_another_loop_answers_its_last_invocation_none_is_asked_for()
    {
        await using var api = await RuntimeApiStub.StartAsync();
        api.Steps.BeforeBody.SetResult();
        api.Invoke("{}");
        using var invocation = await NextAsync(api);
        var waiting = NextAsync(api); // a second loop of the same process
        await api.IsPolledAsync();

        gate.Close();
        time.Advance(InvocationGate.LastCall);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var again = NextAsync(api);
        Assert.False(gate.Closed.IsCancellationRequested);
        Assert.False(again.IsCompleted);
        api.Steps.BeforeAccepted.SetResult();
        using var accepted = await PostAsync(api, "response", "{}");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => again);
        Assert.True(gate.Closed.IsCancellationRequested);
        Assert.Single(api.Posts);
    }

    [Fact]
    public void What_is_under_way_is_overdue_a_while_after_the_close_and_never_without_one()
    {
        time.Advance(TimeSpan.FromDays(1));
        Assert.False(gate.Overdue.IsCancellationRequested);

        gate.Close();
        time.Advance(InvocationGate.TimeToFinish - TimeSpan.FromMilliseconds(1));
        Assert.False(gate.Overdue.IsCancellationRequested);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(gate.Overdue.IsCancellationRequested);
    }

    [Fact]
    public void The_runtime_API_is_told_which_runtime_asks() =>
        Assert.Contains("aws-lambda-dotnet", client.DefaultRequestHeaders.UserAgent.ToString(), StringComparison.Ordinal);

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        gate.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<HttpResponseMessage> NextAsync(RuntimeApiStub api) =>
        client.GetAsync(Invocation(api, "next"), HttpCompletionOption.ResponseHeadersRead, gate.Closed).WaitAsync(TimeLimit, Token);

    private Task<HttpResponseMessage> PostAsync(RuntimeApiStub api, string kind, string body) =>
        client
            .PostAsync(Invocation(api, $"request-1/{kind}"), new StringContent(body, Encoding.UTF8, "application/json"), gate.Closed)
            .WaitAsync(TimeLimit, Token);

    private static Uri Invocation(RuntimeApiStub api, string path) => new($"http://{api.Endpoint}/2018-06-01/runtime/invocation/{path}");
}
