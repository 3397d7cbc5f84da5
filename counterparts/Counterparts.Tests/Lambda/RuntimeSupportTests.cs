using System.Net.Http.Json;
using System.Text.Json;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using Amazon.Runtime;
using NotifyQuery.LambdaEmulator.Functions;
using NotifyQuery.LambdaEmulator.Gateway;
using NotifyQuery.Tests.LambdaEmulator;

namespace Counterparts.Tests.Lambda;

/// <summary>Functions in processes of their own, on the counterparts of RuntimeSupport and the serializer.</summary>
public sealed class RuntimeSupportTests : IAsyncLifetime
{
    private readonly HttpClient _caller = new();
    private LambdaService _emulator = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _emulator = await LambdaService.StartAsync(new LambdaServiceOptions { Host = "127.0.0.1" }, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        _caller.Dispose();
        await _emulator.DisposeAsync();
    }

    [Fact]
    public async Task Sixty_four_callers_of_a_function_with_several_loops_each_get_their_own_answer()
    {
        await using var function = FunctionProcess.Start(_emulator.Address, "Echo", "echo", ("AWS_LAMBDA_MAX_CONCURRENCY", "16"));

        await Parallel.ForAsync(
            0,
            64,
            new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Cancelled },
            async (caller, cancellationToken) =>
            {
                for (var call = 0; call < 20; call++)
                {
                    var payload = $$"""{"caller":{{caller}},"call":{{call}}}""";
                    using var response = await _caller.InvokeAsync(_emulator, "Echo", payload, cancellationToken);
                    Assert.Equal(payload, await response.Content.ReadAsStringAsync(cancellationToken));
                }
            }
        );
    }

    [Fact]
    public async Task Thirty_two_clients_of_the_gateway_each_get_their_own_answer_from_a_function_with_several_loops()
    {
        await using var gateway = await ApiGateway.StartAsync(
            new GatewayOptions
            {
                Host = "127.0.0.1",
                Routes = new RouteTable([new Route("Http", "Any", "/http/{rest+}", _emulator.Address)]),
            },
            Cancelled
        );
        await using var function = FunctionProcess.Start(_emulator.Address, "Http", "http", ("AWS_LAMBDA_MAX_CONCURRENCY", "16"));

        await Parallel.ForAsync(
            0,
            32,
            new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancelled },
            async (client, cancellationToken) =>
            {
                for (var call = 0; call < 10; call++)
                    Assert.Equal(
                        $"GET /http/{client}/{call} by Http",
                        await _caller.GetStringAsync(new Uri(gateway.Address, $"/http/{client}/{call}"), cancellationToken)
                    );
            }
        );
    }

    [Fact]
    public async Task An_exception_becomes_an_error_document_with_its_causes()
    {
        await using var function = FunctionProcess.Start(_emulator.Address, "Fail", "fail");

        using var response = await _caller.InvokeAsync(_emulator, "Fail", "\"Zoë\"", Cancelled);
        var error = await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);

        Assert.Equal("Unhandled", response.Headers.GetValues("X-Amz-Function-Error").Single());
        Assert.Equal("InvalidOperationException", error.GetProperty("errorType").GetString());
        Assert.Equal("Zoë failed", error.GetProperty("errorMessage").GetString());
        Assert.StartsWith("at ", error.GetProperty("stackTrace")[0].GetString(), StringComparison.Ordinal);
        var cause = error.GetProperty("cause");
        Assert.Equal("AggregateException", cause.GetProperty("errorType").GetString());
        Assert.Equal(
            ["TimeoutException", "FormatException"],
            cause.GetProperty("causes").EnumerateArray().Select(c => c.GetProperty("errorType").GetString()!)
        );
    }

    [Fact]
    public async Task A_function_goes_on_after_an_error()
    {
        await using var function = FunctionProcess.Start(_emulator.Address, "Fail", "fail");

        using var first = await _caller.InvokeAsync(_emulator, "Fail", "\"first\"", Cancelled);
        using var second = await _caller.InvokeAsync(_emulator, "Fail", "\"second\"", Cancelled);

        Assert.Equal(
            "second failed",
            (await second.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("errorMessage").GetString()
        );
    }

    [Fact]
    public async Task An_event_that_cannot_be_read_is_the_invocation_s_error()
    {
        await using var function = FunctionProcess.Start(_emulator.Address, "Fail", "fail");

        using var response = await _caller.InvokeAsync(_emulator, "Fail", "{}", Cancelled);

        Assert.Equal(
            "JsonSerializerException",
            (await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("errorType").GetString()
        );
    }

    [Fact]
    public async Task A_function_without_a_result_answers_with_nothing()
    {
        await using var function = FunctionProcess.Start(_emulator.Address, "Nothing", "nothing");

        using var response = await _caller.InvokeAsync(_emulator, "Nothing", "\"x\"", Cancelled);

        Assert.False(response.Headers.Contains("X-Amz-Function-Error"));
        Assert.Equal("", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_process_that_exits_while_it_serves_is_an_exit_error_at_once()
    {
        await using var function = FunctionProcess.Start(_emulator.Address, "Exit", "exit");

        using var response = await _caller.InvokeAsync(_emulator, "Exit", "1", Cancelled);

        Assert.Equal(
            "Runtime.ExitError",
            (await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("errorType").GetString()
        );
        Assert.Equal(3, await function.ExitAsync(Cancelled));
    }

    [Fact]
    public async Task An_initializer_that_throws_tells_the_caller_and_ends_the_process_with_its_own_exception()
    {
        var invoke = _caller.InvokeAsync(_emulator, "Init", "1", Cancelled);
        FunctionProcess function;
        while (true)
        {
            function = FunctionProcess.Start(_emulator.Address, "Init", "init-error");
            Assert.NotEqual(0, await function.ExitAsync(Cancelled));
            if (await Task.WhenAny(invoke, Task.Delay(10, Cancelled)) == invoke)
                break;
            await function.DisposeAsync();
        }

        await using var last = function;
        using var response = await invoke;
        Assert.Equal(
            "InvalidOperationException",
            (await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("errorType").GetString()
        );
        Assert.Contains("System.InvalidOperationException: no table", last.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("RuntimeApiClientException", last.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_single_loop_without_a_runtime_api_ends_with_the_reason()
    {
        await using var function = FunctionProcess.Start(new Uri("http://127.0.0.1:1"), "Echo", "echo");

        Assert.NotEqual(0, await function.ExitAsync(Cancelled));
        Assert.Contains("Connection refused (127.0.0.1:1)", function.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_loops_outlive_the_emulator()
    {
        var first = await LambdaService.StartAsync(new LambdaServiceOptions { Host = "127.0.0.1" }, Cancelled);
        await using var function = FunctionProcess.Start(first.Address, "Echo", "echo", ("AWS_LAMBDA_MAX_CONCURRENCY", "2"));
        using (await _caller.InvokeAsync(first, "Echo", "1", Cancelled))
            await first.DisposeAsync();

        await using var second = await LambdaService.StartAsync(
            new LambdaServiceOptions { Host = "127.0.0.1", Port = first.Address.Port },
            Cancelled
        );
        using var response = await _caller.InvokeAsync(second, "Echo", "2", Cancelled);

        Assert.Equal("2", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task The_SDK_s_client_invokes_the_function_and_reads_its_failure()
    {
        await using var echo = FunctionProcess.Start(_emulator.Address, "Echo", "echo");
        await using var fail = FunctionProcess.Start(_emulator.Address, "Fail", "fail");
        using var client = new AmazonLambdaClient(
            new BasicAWSCredentials("x", "x"),
            new AmazonLambdaConfig { ServiceURL = _emulator.Address.ToString(), AuthenticationRegion = "us-east-1" }
        );

        var answer = await client.InvokeAsync(new InvokeRequest { FunctionName = "Echo", Payload = "\"hello\"" }, Cancelled);
        var failure = await client.InvokeAsync(new InvokeRequest { FunctionName = "Fail", Payload = "\"hello\"" }, Cancelled);

        Assert.Equal("\"hello\""u8.ToArray(), answer.Payload.ToArray());
        Assert.Null(answer.FunctionError);
        Assert.Equal("Unhandled", failure.FunctionError);
    }
}
