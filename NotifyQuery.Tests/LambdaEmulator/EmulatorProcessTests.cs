using System.Net;
using System.Net.Http.Json;
using NotifyQuery.LambdaEmulator.Functions;
using static NotifyQuery.Tests.LambdaEmulator.EmulatorCalls;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>The emulator and the simulated processes of its functions, which start, wait and end.</summary>
public sealed class EmulatorProcessTests : IAsyncLifetime
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
    public async Task The_end_of_a_process_ends_its_invocation_at_once()
    {
        var runtime = new RuntimeClient(lambda, "Query");
        var invoke = caller.InvokeAsync(lambda, "Query", "1", Cancelled);
        var (requestId, _, _) = await runtime.NextAsync(Cancelled);

        runtime.Dispose();
        using var response = await invoke.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);

        Assert.Equal("Unhandled", response.Headers.GetValues("X-Amz-Function-Error").Single());
        var error = await JsonAsync(response);
        Assert.Equal("Runtime.ExitError", error.GetProperty("errorType").GetString());
        Assert.Contains(requestId, error.GetProperty("errorMessage").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_stops_waiting_takes_no_invocation_with_it()
    {
        for (var round = 0; round < 100; round++)
        {
            var leaving = new RuntimeClient(lambda, "Query");
            var vain = leaving.NextAsync(Cancelled);
            using var probe = await InvokeAfterPollAsync(leaving, vain);

            // It requests again and disconnects while the next invocation is on its way.
            vain = leaving.NextAsync(Cancelled);
            leaving.Dispose();
            await Assert.ThrowsAnyAsync<Exception>(() => vain);
            using var staying = new RuntimeClient(lambda, "Query");
            var invoke = caller.InvokeAsync(lambda, "Query", "\"kept\"", Cancelled);
            var (requestId, payload, _) = await staying.NextAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
            using var accepted = await staying.RespondAsync(requestId, payload, Cancelled);
            using var response = await invoke;

            Assert.Equal("\"kept\"", await response.Content.ReadAsStringAsync(Cancelled));
            Assert.False(response.Headers.Contains("X-Amz-Function-Error"));
        }
    }

    [Fact]
    public async Task A_function_without_any_process_is_not_found_after_the_time_to_start()
    {
        await using var emulator = await LambdaService.StartAsync(Local with { StartLimit = TimeSpan.FromMilliseconds(50) }, Cancelled);
        using var response = await caller.InvokeAsync(emulator, "Query", "1", Cancelled);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("ResourceNotFoundException", response.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.Contains("function:Query", (await JsonAsync(response)).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_whose_processes_are_gone_is_unavailable()
    {
        await using var emulator = await LambdaService.StartAsync(Local with { StartLimit = TimeSpan.FromMilliseconds(50) }, Cancelled);
        var runtime = new RuntimeClient(emulator, "Query");
        var first = caller.InvokeAsync(emulator, "Query", "1", Cancelled);
        await runtime.NextAsync(Cancelled);
        runtime.Dispose();
        using var exited = await first;
        using var response = await caller.InvokeAsync(emulator, "Query", "1", Cancelled);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("ServiceException", response.Headers.GetValues("x-amzn-ErrorType").Single());
    }

    [Fact]
    public async Task An_invocation_waits_for_a_function_that_is_just_starting()
    {
        var invoke = caller.InvokeAsync(lambda, "Late", "\"hello\"", Cancelled);
        using var runtime = new RuntimeClient(lambda, "Late");
        var (requestId, payload, _) = await runtime.NextAsync(Cancelled);
        using var accepted = await runtime.RespondAsync(requestId, payload, Cancelled);
        using var response = await invoke;

        Assert.Equal("\"hello\"", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_process_that_cannot_start_fails_the_waiting_invocations()
    {
        var invoke = caller.InvokeAsync(lambda, "Broken", "1", Cancelled);
        while (true)
        {
            using var report = await caller.PostAsJsonAsync(
                new Uri(lambda.Address, "/Broken/2018-06-01/runtime/init/error"),
                new { errorType = "ConfigurationException" },
                Cancelled
            );
            Assert.Equal(HttpStatusCode.Accepted, report.StatusCode);
            if (await Task.WhenAny(invoke, Task.Delay(10, Cancelled)) == invoke)
                break;
        }

        using var response = await invoke;
        Assert.Equal("Unhandled", response.Headers.GetValues("X-Amz-Function-Error").Single());
        Assert.Equal("ConfigurationException", (await JsonAsync(response)).GetProperty("errorType").GetString());
    }

    [Fact]
    public async Task Waiting_callers_get_an_answer_when_the_emulator_stops()
    {
        var emulator = await LambdaService.StartAsync(Local, Cancelled);
        using var runtime = new RuntimeClient(emulator, "Query");
        var invoke = caller.InvokeAsync(emulator, "Query", "1", Cancelled);
        await runtime.NextAsync(Cancelled);

        await emulator.DisposeAsync();
        using var response = await invoke;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task Its_health_can_be_checked()
    {
        Assert.Equal("health", await caller.GetStringAsync(new Uri(lambda.Address, "/lambda-runtime-api/healthcheck"), Cancelled));
    }

    // The answered invocation proves that the process was connected and waiting.
    private async Task<HttpResponseMessage> InvokeAfterPollAsync(
        RuntimeClient runtime,
        Task<(string RequestId, string Payload, System.Net.Http.Headers.HttpResponseHeaders Headers)> next
    )
    {
        var invoke = caller.InvokeAsync(lambda, "Query", "\"probe\"", Cancelled);
        var (requestId, payload, _) = await next;
        using var accepted = await runtime.RespondAsync(requestId, payload, Cancelled);
        return await invoke;
    }
}
