using System.Net;
using NotifyQuery.LambdaEmulator.Functions;
using static NotifyQuery.Tests.LambdaEmulator.EmulatorCalls;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>How much the emulator takes, how long it waits, and what it gives up.</summary>
public sealed class EmulatorLimitTests : IAsyncLifetime
{
    private readonly HttpClient caller = new();
    private LambdaService lambda = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => lambda = await LambdaService.StartAsync(Local, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        caller.Dispose();
        await lambda.DisposeAsync();
    }

    [Fact]
    public async Task A_caller_who_leaves_takes_its_waiting_invocation_with_it()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var abandoned = caller.SendAsync(Request(lambda, "Query", "\"abandoned\""), leaving.Token);
        await WaitAsync(() => lambda.Function("Query").Waiting == 1);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);

        await WaitAsync(() => lambda.Function("Query").Waiting == 0);
    }

    [Fact]
    public async Task A_call_beyond_the_longest_queue_is_throttled()
    {
        await using var emulator = await LambdaService.StartAsync(Local with { MaxQueued = 1 }, Cancelled);
        var waiting = caller.InvokeAsync(emulator, "Query", "1", Cancelled);
        await WaitAsync(() => emulator.Function("Query").Waiting == 1);

        using var refused = await caller.InvokeAsync(emulator, "Query", "2", Cancelled);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("TooManyRequestsException", refused.Headers.GetValues("x-amzn-ErrorType").Single());
        using var runtime = new RuntimeClient(emulator, "Query");
        var (requestId, payload, _) = await runtime.NextAsync(Cancelled);
        using var accepted = await runtime.RespondAsync(requestId, payload, Cancelled);
        using var answered = await waiting;
        Assert.Equal("1", await answered.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_payload_of_six_MiB_is_taken_and_one_byte_more_is_refused()
    {
        using var runtime = new RuntimeClient(lambda, "Query");
        var largest = $"\"{new string('x', LambdaServiceOptions.MaxPayload - 2)}\"";
        var invoke = caller.InvokeAsync(lambda, "Query", largest, Cancelled);
        var (requestId, payload, _) = await runtime.NextAsync(Cancelled);
        using var accepted = await runtime.RespondAsync(requestId, payload, Cancelled);
        using var response = await invoke;
        using var refused = await caller.InvokeAsync(
            lambda,
            "Query",
            $"\"{new string('x', LambdaServiceOptions.MaxPayload - 1)}\"",
            Cancelled
        );

        Assert.Equal(largest, await response.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal("RequestEntityTooLargeException", refused.Headers.GetValues("x-amzn-ErrorType").Single());
    }

    [Fact]
    public async Task An_answer_of_more_than_six_MiB_is_a_function_error()
    {
        using var runtime = new RuntimeClient(lambda, "Query");
        var invoke = caller.InvokeAsync(lambda, "Query", "1", Cancelled);
        var (requestId, _, _) = await runtime.NextAsync(Cancelled);
        using var accepted = await runtime.RespondAsync(requestId, new string(' ', LambdaServiceOptions.MaxPayload + 1), Cancelled);
        using var response = await invoke;

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal("Unhandled", response.Headers.GetValues("X-Amz-Function-Error").Single());
        Assert.Equal("Function.ResponseSizeTooLarge", (await JsonAsync(response)).GetProperty("errorType").GetString());
    }

    [Fact]
    public async Task A_function_that_takes_too_long_is_timed_out_and_its_late_answer_ignored()
    {
        await using var emulator = await LambdaService.StartAsync(
            Local with
            {
                StartLimit = TimeSpan.FromMilliseconds(20),
                Timeout = TimeSpan.FromMilliseconds(200),
            },
            Cancelled
        );
        using var runtime = new RuntimeClient(emulator, "Query");
        var invoke = caller.InvokeAsync(emulator, "Query", "1", Cancelled);
        var (requestId, _, _) = await runtime.NextAsync(Cancelled);
        using var response = await invoke;
        using var late = await runtime.RespondAsync(requestId, "2", Cancelled);

        var error = await JsonAsync(response);
        Assert.Equal("Sandbox.Timedout", error.GetProperty("errorType").GetString());
        Assert.EndsWith("Task timed out after 0.20 seconds", error.GetProperty("errorMessage").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Accepted, late.StatusCode);
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(5, Cancelled);
    }
}
