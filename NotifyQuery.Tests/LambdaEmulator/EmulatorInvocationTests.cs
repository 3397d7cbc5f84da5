using System.Net;
using NotifyQuery.LambdaEmulator.Functions;
using static NotifyQuery.Tests.LambdaEmulator.EmulatorCalls;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>An invocation over the wire, from the caller to a simulated process and back.</summary>
public sealed class EmulatorInvocationTests : IAsyncLifetime
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
    public async Task An_invocation_goes_to_the_process_that_waits_and_its_answer_back_to_the_caller()
    {
        using var runtime = new RuntimeClient(lambda, "Query");
        var next = runtime.NextAsync(Cancelled);

        var invoke = caller.InvokeAsync(lambda, "Query", """{"a":1}""", Cancelled);
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
        using var runtime = new RuntimeClient(lambda, "Query");
        var invoke = caller.InvokeAsync(lambda, "Query", "1", Cancelled);

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
        using var runtime = new RuntimeClient(lambda, "Query");
        using var request = Request(lambda, "Query", "1");
        request.Headers.Add("X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=a:0");
        request.Headers.Add("X-Amz-Client-Context", Convert.ToBase64String("""{ "custom": { "who": "Zoë" } }"""u8));
        var invoke = caller.SendAsync(request, Cancelled);

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
        using var runtime = new RuntimeClient(lambda, "Query");
        var invoke = caller.InvokeAsync(lambda, identifier, "1", Cancelled);

        var (requestId, _, _) = await runtime.NextAsync(Cancelled);
        using var accepted = await runtime.RespondAsync(requestId, "2", Cancelled);
        using var response = await invoke;

        Assert.Equal("2", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_call_without_a_payload_hands_over_an_empty_object()
    {
        using var runtime = new RuntimeClient(lambda, "Query");
        var invoke = caller.InvokeAsync(lambda, "Query", "", Cancelled);
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
        using var request = Request(lambda, "Query", payload);
        request.Headers.Add("X-Amz-Invocation-Type", invocationType);
        request.Headers.Add("X-Amz-Client-Context", clientContext);
        using var response = await caller.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(errorType, response.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.Equal(errorType, (await JsonAsync(response)).GetProperty("__type").GetString());
    }

    [Fact]
    public async Task A_dry_run_runs_nothing()
    {
        using var request = Request(lambda, "Query", "1");
        request.Headers.Add("X-Amz-Invocation-Type", "DryRun");
        using var response = await caller.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    [Fact]
    public async Task An_event_is_accepted_at_once_and_tried_three_times_under_one_request_id()
    {
        await using var emulator = await LambdaService.StartAsync(Local with { RetryDelays = [TimeSpan.Zero, TimeSpan.Zero] }, Cancelled);
        using var runtime = new RuntimeClient(emulator, "Query");
        using var request = Request(emulator, "Query", "\"event\"");
        request.Headers.Add("X-Amz-Invocation-Type", "Event");
        using var response = await caller.SendAsync(request, Cancelled);
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
        var invoke = caller.InvokeAsync(emulator, "Query", "\"call\"", Cancelled);
        var (last, call, _) = await runtime.NextAsync(Cancelled);
        using var accepted = await runtime.RespondAsync(last, call, Cancelled);
        using var answer = await invoke;

        Assert.Equal("\"call\"", call);
        Assert.Single(ids.Distinct());
        Assert.Equal(ids[0], response.Headers.GetValues("x-amzn-RequestId").Single());
    }
}
