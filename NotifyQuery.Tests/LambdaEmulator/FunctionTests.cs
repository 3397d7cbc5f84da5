using NotifyQuery.LambdaEmulator.Functions;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>The queue of one function: which process gets which invocation, and when.</summary>
public sealed class FunctionTests
{
    private static readonly LambdaServiceOptions Options = new() { StartLimit = TimeSpan.FromSeconds(30) };

    private readonly Function function = new("Query", "arn", Options);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Invocations_are_served_in_the_order_of_their_calls()
    {
        var outcomes = Enumerable.Range(0, 50).Select(i => function.InvokeAsync(Call($"{i}"), Cancelled)).ToArray();

        for (var i = 0; i < 50; i++)
        {
            var next = await function.NextAsync(Cancelled);
            Assert.Equal($"{i}", next.RequestId);
            function.End(next.RequestId, new Outcome.Success(default));
        }

        Assert.All(await Task.WhenAll(outcomes), outcome => Assert.IsType<Outcome.Success>(outcome));
    }

    [Fact]
    public async Task Each_of_several_waiting_processes_gets_an_invocation_of_its_own()
    {
        var first = function.NextAsync(Cancelled);
        var second = function.NextAsync(Cancelled);

        var a = function.InvokeAsync(Call("a"), Cancelled);
        var b = function.InvokeAsync(Call("b"), Cancelled);

        Assert.Equal("a", (await first).RequestId);
        Assert.Equal("b", (await second).RequestId);
        function.End("b", new Outcome.Success("2"u8.ToArray()));
        function.End("a", new Outcome.Success("1"u8.ToArray()));
        Assert.Equal("1"u8.ToArray(), Assert.IsType<Outcome.Success>(await a).Payload.ToArray());
        Assert.Equal("2"u8.ToArray(), Assert.IsType<Outcome.Success>(await b).Payload.ToArray());
    }

    [Fact]
    public async Task An_invocation_taken_back_is_the_first_again()
    {
        Task<Outcome>[] outcomes = [function.InvokeAsync(Call("a"), Cancelled), function.InvokeAsync(Call("b"), Cancelled)];
        var taken = await function.NextAsync(Cancelled);

        function.TakeBack(taken);

        Assert.Equal("a", (await function.NextAsync(Cancelled)).RequestId);
        Assert.Equal("b", (await function.NextAsync(Cancelled)).RequestId);
        Assert.All(outcomes, outcome => Assert.False(outcome.IsCompleted));
    }

    [Fact]
    public async Task An_invocation_taken_back_goes_to_the_process_that_waits()
    {
        var outcome = function.InvokeAsync(Call("a"), Cancelled);
        var taken = await function.NextAsync(Cancelled);
        var waiting = function.NextAsync(Cancelled);

        function.TakeBack(taken);

        Assert.Equal("a", (await waiting).RequestId);
        Assert.False(outcome.IsCompleted);
    }

    [Fact]
    public async Task A_process_that_stopped_waiting_is_passed_over()
    {
        using var leaving = new CancellationTokenSource();
        var gone = function.NextAsync(leaving.Token);
        var waiting = function.NextAsync(Cancelled);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        var outcome = function.InvokeAsync(Call("a"), Cancelled);

        Assert.Equal("a", (await waiting).RequestId);
        Assert.False(outcome.IsCompleted);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_leaves_the_queue()
    {
        using var leaving = new CancellationTokenSource();
        var abandoned = function.InvokeAsync(Call("abandoned"), leaving.Token);
        var kept = function.InvokeAsync(Call("kept"), Cancelled);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);

        Assert.Equal("kept", (await function.NextAsync(Cancelled)).RequestId);
        Assert.False(kept.IsCompleted);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_and_taken_back_is_not_run()
    {
        using var leaving = new CancellationTokenSource();
        var abandoned = function.InvokeAsync(Call("abandoned"), leaving.Token);
        var taken = await function.NextAsync(Cancelled);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);

        function.TakeBack(taken);
        var kept = function.InvokeAsync(Call("kept"), Cancelled);

        Assert.Equal("kept", (await function.NextAsync(Cancelled)).RequestId);
        Assert.False(kept.IsCompleted);
    }

    [Fact]
    public async Task A_full_queue_refuses_the_next_call()
    {
        var function = new Function("Query", "arn", Options with { MaxQueued = 2 });
        Task<Outcome>[] waiting = [function.InvokeAsync(Call("a"), Cancelled), function.InvokeAsync(Call("b"), Cancelled)];

        var refused = Assert.IsType<Outcome.Refusal>(await function.InvokeAsync(Call("c"), Cancelled));

        Assert.Equal((429, "TooManyRequestsException"), (refused.Status, refused.Type));
        Assert.All(waiting, outcome => Assert.False(outcome.IsCompleted));
    }

    [Fact]
    public async Task A_busy_function_keeps_its_callers_waiting_beyond_the_time_to_start()
    {
        var function = new Function("Query", "arn", Options with { StartLimit = TimeSpan.FromMilliseconds(20) });
        var running = function.InvokeAsync(Call("running"), Cancelled);
        await function.NextAsync(Cancelled);
        var waiting = function.InvokeAsync(Call("waiting"), Cancelled);
        var unserved = new Function("Other", "arn", Options with { StartLimit = TimeSpan.FromMilliseconds(100) });

        // A caller is refused only after five times as long if there is no process.
        Assert.IsType<Outcome.Refusal>(await unserved.InvokeAsync(Call("x"), Cancelled));

        Assert.False(waiting.IsCompleted);
        function.End("running", new Outcome.Success(default));
        Assert.Equal("waiting", (await function.NextAsync(Cancelled)).RequestId);
        function.End("waiting", new Outcome.Success(default));
        Assert.IsType<Outcome.Success>(await running);
        Assert.IsType<Outcome.Success>(await waiting);
    }

    private static Invocation Call(string requestId) => new(requestId, "1"u8.ToArray(), "", null);
}
