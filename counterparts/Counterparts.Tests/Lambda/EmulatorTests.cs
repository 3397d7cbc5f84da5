using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Amazon.Lambda.TestTool.Emulator;

namespace Counterparts.Tests.Lambda;

/// <summary>The emulator over the wire, with simulated processes.</summary>
public sealed class EmulatorTests : IAsyncLifetime
{
    private static readonly EmulatorOptions Local = new() { Host = "127.0.0.1" };

    private readonly HttpClient _caller = new();
    private LambdaEmulator _emulator = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _emulator = await LambdaEmulator.StartAsync(Local, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        _caller.Dispose();
        await _emulator.DisposeAsync();
    }

    [Fact]
    public async Task An_invocation_goes_to_the_process_that_waits_and_its_answer_back_to_the_caller()
    {
        using var runtime = new RuntimeClient(_emulator, "Query");
        var next = runtime.NextAsync(Cancelled);

        var invoke = InvokeAsync(_emulator, "Query", """{"a":1}""");
        var (requestId, payload, headers) = await next;
        using var accepted = await runtime.RespondAsync(requestId, """{"b":2}""", Cancelled);
        using var response = await invoke;

        Assert.Equal("""{"a":1}""", payload);
        Assert.Equal(
            "arn:aws:lambda:us-east-1:000000000000:function:Query",
            headers.GetValues("Lambda-Runtime-Invoked-Function-Arn").Single()
        );
        Assert.Matches(
            "^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=1$",
            headers.GetValues("Lambda-Runtime-Trace-Id").Single()
        );
        var deadline = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(headers.GetValues("Lambda-Runtime-Deadline-Ms").Single(), null));
        Assert.InRange(deadline - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal("""{"status":"success"}""", await accepted.Content.ReadAsStringAsync(Cancelled));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("""{"b":2}""", await response.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("$LATEST", response.Headers.GetValues("X-Amz-Executed-Version").Single());
        Assert.Equal(requestId, response.Headers.GetValues("x-amzn-RequestId").Single());
        Assert.False(response.Headers.Contains("X-Amz-Function-Error"));
    }

    [Fact]
    public async Task A_function_error_is_a_200_that_names_itself_and_carries_the_error_document()
    {
        using var runtime = new RuntimeClient(_emulator, "Query");
        var invoke = InvokeAsync(_emulator, "Query", "1");

        var (requestId, _, _) = await runtime.NextAsync(Cancelled);
        using var accepted = await runtime.FailAsync(requestId, """{"errorType":"TimeoutException","errorMessage":"late"}""", Cancelled);
        using var response = await invoke;

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("Unhandled", response.Headers.GetValues("X-Amz-Function-Error").Single());
        Assert.Equal("TimeoutException", (await JsonAsync(response)).GetProperty("errorType").GetString());
    }

    [Fact]
    public async Task The_trace_and_the_client_context_of_the_caller_reach_the_function()
    {
        using var runtime = new RuntimeClient(_emulator, "Query");
        using var request = Request(_emulator, "Query", "1");
        request.Headers.Add("X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=a:0");
        request.Headers.Add("X-Amz-Client-Context", Convert.ToBase64String("""{ "custom": { "who": "Zoë" } }"""u8));
        var invoke = _caller.SendAsync(request, Cancelled);

        var (requestId, _, headers) = await runtime.NextAsync(Cancelled);
        using var accepted = await runtime.RespondAsync(requestId, "1", Cancelled);
        using var response = await invoke;

        Assert.Equal(
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0",
            headers.GetValues("Lambda-Runtime-Trace-Id").Single()
        );
        Assert.Equal("""{"custom":{"who":"Zo\u00EB"}}""", headers.GetValues("Lambda-Runtime-Client-Context").Single());
    }

    [Theory]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:function:Query")]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:function:Query:live")]
    [InlineData("123456789012:function:Query")]
    [InlineData("Query:live")]
    [InlineData("arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3AQuery")]
    public async Task A_function_is_found_by_every_form_of_its_name(string identifier)
    {
        using var runtime = new RuntimeClient(_emulator, "Query");
        var invoke = InvokeAsync(_emulator, identifier, "1");

        var (requestId, _, _) = await runtime.NextAsync(Cancelled);
        using var accepted = await runtime.RespondAsync(requestId, "2", Cancelled);
        using var response = await invoke;

        Assert.Equal("2", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task The_end_of_a_process_ends_its_invocation_at_once()
    {
        var runtime = new RuntimeClient(_emulator, "Query");
        var invoke = InvokeAsync(_emulator, "Query", "1");
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
            var leaving = new RuntimeClient(_emulator, "Query");
            var vain = leaving.NextAsync(Cancelled);
            using var probe = await InvokeAfterPollAsync(leaving, vain);

            // It requests again and disconnects while the next invocation is on its way.
            vain = leaving.NextAsync(Cancelled);
            leaving.Dispose();
            await Assert.ThrowsAnyAsync<Exception>(() => vain);
            using var staying = new RuntimeClient(_emulator, "Query");
            var invoke = InvokeAsync(_emulator, "Query", "\"kept\"");
            var (requestId, payload, _) = await staying.NextAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
            using var accepted = await staying.RespondAsync(requestId, payload, Cancelled);
            using var response = await invoke;

            Assert.Equal("\"kept\"", await response.Content.ReadAsStringAsync(Cancelled));
            Assert.False(response.Headers.Contains("X-Amz-Function-Error"));
        }
    }

    [Fact]
    public async Task A_caller_who_leaves_takes_its_waiting_invocation_with_it()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var abandoned = _caller.SendAsync(Request(_emulator, "Query", "\"abandoned\""), leaving.Token);
        await WaitAsync(() => _emulator.Function("Query").Waiting == 1);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);

        await WaitAsync(() => _emulator.Function("Query").Waiting == 0);
    }

    [Fact]
    public async Task A_call_beyond_the_longest_queue_is_throttled()
    {
        await using var emulator = await LambdaEmulator.StartAsync(Local with { MaxQueued = 1 }, Cancelled);
        var waiting = InvokeAsync(emulator, "Query", "1");
        await WaitAsync(() => emulator.Function("Query").Waiting == 1);

        using var refused = await InvokeAsync(emulator, "Query", "2");

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
        using var runtime = new RuntimeClient(_emulator, "Query");
        var largest = $"\"{new string('x', EmulatorOptions.MaxPayload - 2)}\"";
        var invoke = InvokeAsync(_emulator, "Query", largest);
        var (requestId, payload, _) = await runtime.NextAsync(Cancelled);
        using var accepted = await runtime.RespondAsync(requestId, payload, Cancelled);
        using var response = await invoke;
        using var refused = await InvokeAsync(_emulator, "Query", $"\"{new string('x', EmulatorOptions.MaxPayload - 1)}\"");

        Assert.Equal(largest, await response.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal("RequestEntityTooLargeException", refused.Headers.GetValues("x-amzn-ErrorType").Single());
    }

    [Fact]
    public async Task An_answer_of_more_than_six_MiB_is_a_function_error()
    {
        using var runtime = new RuntimeClient(_emulator, "Query");
        var invoke = InvokeAsync(_emulator, "Query", "1");
        var (requestId, _, _) = await runtime.NextAsync(Cancelled);
        using var accepted = await runtime.RespondAsync(requestId, new string(' ', EmulatorOptions.MaxPayload + 1), Cancelled);
        using var response = await invoke;

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal("Unhandled", response.Headers.GetValues("X-Amz-Function-Error").Single());
        Assert.Equal("Function.ResponseSizeTooLarge", (await JsonAsync(response)).GetProperty("errorType").GetString());
    }

    [Fact]
    public async Task A_call_without_a_payload_hands_over_an_empty_object()
    {
        using var runtime = new RuntimeClient(_emulator, "Query");
        var invoke = InvokeAsync(_emulator, "Query", "");
        var (requestId, payload, _) = await runtime.NextAsync(Cancelled);
        using var accepted = await runtime.RespondAsync(requestId, "", Cancelled);
        using var response = await invoke;

        Assert.Equal("{}", payload);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Theory]
    [InlineData("{\"a\":", "RequestResponse", "", "InvalidRequestContentException")]
    [InlineData("1", "Later", "", "InvalidParameterValueException")]
    [InlineData("1", "RequestResponse", "%%%", "InvalidRequestContentException")]
    [InlineData("1", "RequestResponse", "WzFd", "InvalidRequestContentException")]
    public async Task A_call_that_makes_no_sense_is_refused_with_AWS_s_error_type(
        string payload,
        string invocationType,
        string clientContext,
        string errorType
    )
    {
        using var request = Request(_emulator, "Query", payload);
        request.Headers.Add("X-Amz-Invocation-Type", invocationType);
        request.Headers.Add("X-Amz-Client-Context", clientContext);
        using var response = await _caller.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(errorType, response.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.Equal(errorType, (await JsonAsync(response)).GetProperty("__type").GetString());
    }

    [Fact]
    public async Task A_dry_run_runs_nothing()
    {
        using var request = Request(_emulator, "Query", "1");
        request.Headers.Add("X-Amz-Invocation-Type", "DryRun");
        using var response = await _caller.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    [Fact]
    public async Task An_event_is_accepted_at_once_and_tried_three_times_under_one_request_id()
    {
        await using var emulator = await LambdaEmulator.StartAsync(Local with { RetryDelays = [TimeSpan.Zero, TimeSpan.Zero] }, Cancelled);
        using var runtime = new RuntimeClient(emulator, "Query");
        using var request = Request(emulator, "Query", "\"event\"");
        request.Headers.Add("X-Amz-Invocation-Type", "Event");
        using var response = await _caller.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);

        var ids = new List<string>();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var (requestId, payload, _) = await runtime.NextAsync(Cancelled);
            Assert.Equal("\"event\"", payload);
            ids.Add(requestId);
            using var failed = await runtime.FailAsync(requestId, """{"errorType":"E"}""", Cancelled);
        }

        // The next invocation is another caller's: the event is not run a fourth time.
        var invoke = InvokeAsync(emulator, "Query", "\"call\"");
        var (last, call, _) = await runtime.NextAsync(Cancelled);
        using var accepted = await runtime.RespondAsync(last, call, Cancelled);
        using var answer = await invoke;

        Assert.Equal("\"call\"", call);
        Assert.Single(ids.Distinct());
        Assert.Equal(ids[0], response.Headers.GetValues("x-amzn-RequestId").Single());
    }

    [Fact]
    public async Task A_function_without_any_process_is_not_found_after_the_time_to_start()
    {
        await using var emulator = await LambdaEmulator.StartAsync(Local with { StartLimit = TimeSpan.FromMilliseconds(50) }, Cancelled);
        using var response = await InvokeAsync(emulator, "Query", "1");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("ResourceNotFoundException", response.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.Contains("function:Query", (await JsonAsync(response)).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_whose_processes_are_gone_is_unavailable()
    {
        await using var emulator = await LambdaEmulator.StartAsync(Local with { StartLimit = TimeSpan.FromMilliseconds(50) }, Cancelled);
        var runtime = new RuntimeClient(emulator, "Query");
        var first = InvokeAsync(emulator, "Query", "1");
        await runtime.NextAsync(Cancelled);
        runtime.Dispose();
        using var exited = await first;
        using var response = await InvokeAsync(emulator, "Query", "1");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("ServiceException", response.Headers.GetValues("x-amzn-ErrorType").Single());
    }

    [Fact]
    public async Task An_invocation_waits_for_a_function_that_is_just_starting()
    {
        var invoke = InvokeAsync(_emulator, "Late", "\"hello\"");
        using var runtime = new RuntimeClient(_emulator, "Late");
        var (requestId, payload, _) = await runtime.NextAsync(Cancelled);
        using var accepted = await runtime.RespondAsync(requestId, payload, Cancelled);
        using var response = await invoke;

        Assert.Equal("\"hello\"", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_function_that_takes_too_long_is_timed_out_and_its_late_answer_ignored()
    {
        await using var emulator = await LambdaEmulator.StartAsync(
            Local with
            {
                StartLimit = TimeSpan.FromMilliseconds(20),
                Timeout = TimeSpan.FromMilliseconds(200),
            },
            Cancelled
        );
        using var runtime = new RuntimeClient(emulator, "Query");
        var invoke = InvokeAsync(emulator, "Query", "1");
        var (requestId, _, _) = await runtime.NextAsync(Cancelled);
        using var response = await invoke;
        using var late = await runtime.RespondAsync(requestId, "2", Cancelled);

        var error = await JsonAsync(response);
        Assert.Equal("Sandbox.Timedout", error.GetProperty("errorType").GetString());
        Assert.EndsWith("Task timed out after 0.20 seconds", error.GetProperty("errorMessage").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Accepted, late.StatusCode);
    }

    [Fact]
    public async Task A_process_that_cannot_start_fails_the_waiting_invocations()
    {
        var invoke = InvokeAsync(_emulator, "Broken", "1");
        while (true)
        {
            using var report = await _caller.PostAsJsonAsync(
                new Uri(_emulator.Address, "/Broken/2018-06-01/runtime/init/error"),
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
        var emulator = await LambdaEmulator.StartAsync(Local, Cancelled);
        using var runtime = new RuntimeClient(emulator, "Query");
        var invoke = InvokeAsync(emulator, "Query", "1");
        await runtime.NextAsync(Cancelled);

        await emulator.DisposeAsync();
        using var response = await invoke;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task Its_health_can_be_checked()
    {
        Assert.Equal("health", await _caller.GetStringAsync(new Uri(_emulator.Address, "/lambda-runtime-api/healthcheck"), Cancelled));
    }

    private static HttpRequestMessage Request(LambdaEmulator emulator, string function, string payload) =>
        new(HttpMethod.Post, new Uri(emulator.Address, $"/2015-03-31/functions/{function}/invocations"))
        {
            Content = new StringContent(payload, Encoding.UTF8, "application/json"),
        };

    private static async Task WaitAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(5, Cancelled);
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response) =>
        await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);

    private Task<HttpResponseMessage> InvokeAsync(LambdaEmulator emulator, string function, string payload) =>
        _caller.SendAsync(Request(emulator, function, payload), Cancelled);

    // The answered invocation proves that the process was connected and waiting.
    private async Task<HttpResponseMessage> InvokeAfterPollAsync(
        RuntimeClient runtime,
        Task<(string RequestId, string Payload, System.Net.Http.Headers.HttpResponseHeaders Headers)> next
    )
    {
        var invoke = InvokeAsync(_emulator, "Query", "\"probe\"");
        var (requestId, payload, _) = await next;
        using var accepted = await runtime.RespondAsync(requestId, payload, Cancelled);
        return await invoke;
    }
}
