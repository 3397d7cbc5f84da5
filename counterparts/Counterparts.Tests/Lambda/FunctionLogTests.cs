using System.Text.Json;
using NotifyQuery.LambdaEmulator.Functions;
using NotifyQuery.Tests.LambdaEmulator;

namespace Counterparts.Tests.Lambda;

/// <summary>What functions in processes of their own write to their log.</summary>
public sealed class FunctionLogTests : IAsyncLifetime
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
    public async Task Lines_of_the_console_and_the_logger_carry_time_request_id_and_level()
    {
        var (requestId, lines) = await LogAsync(("AWS_LAMBDA_LOG_FORMAT", "Text"));

        Assert.Matches($@"^\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z\t{requestId}\tinfo\tline hello$", lines[0]);
        Assert.EndsWith($"\t{requestId}\twarn\ttable records has 007 items", lines[1], StringComparison.Ordinal);
        Assert.EndsWith($"\t{requestId}\tfail\tfailed", lines[2], StringComparison.Ordinal);
        Assert.Equal("System.InvalidOperationException: broken", lines[3]);
        Assert.EndsWith($"\t{requestId}\ttrce\tno level", lines[4], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_in_JSON_list_what_the_message_names()
    {
        var (requestId, lines) = await LogAsync(("AWS_LAMBDA_LOG_FORMAT", "JSON"));

        var warning = JsonDocument.Parse(lines[1]).RootElement;
        Assert.Equal("Warning", warning.GetProperty("level").GetString());
        Assert.Equal(requestId, warning.GetProperty("requestId").GetString());
        Assert.StartsWith("Root=1-", warning.GetProperty("traceId").GetString(), StringComparison.Ordinal);
        Assert.Equal("table records has 007 items", warning.GetProperty("message").GetString());
        Assert.Equal("records", warning.GetProperty("table").GetString());
        Assert.Equal(7, warning.GetProperty("count").GetInt32());
        var error = JsonDocument.Parse(lines[2]).RootElement;
        Assert.Equal("System.InvalidOperationException", error.GetProperty("errorType").GetString());
        Assert.Equal("broken", error.GetProperty("errorMessage").GetString());
        Assert.Equal(JsonValueKind.Array, error.GetProperty("stackTrace").ValueKind);
    }

    [Fact]
    public async Task Lines_below_the_minimum_level_are_not_written()
    {
        var (_, lines) = await LogAsync(("AWS_LAMBDA_LOG_FORMAT", "Unformatted"), ("AWS_LAMBDA_LOG_LEVEL", "ERROR"));

        Assert.Equal(["failed", "System.InvalidOperationException: broken", "no level"], lines);
    }

    private async Task<(string RequestId, string[] Lines)> LogAsync(params (string, string)[] environment)
    {
        await using var function = FunctionProcess.Start(
            _emulator.Address,
            "Log",
            "log",
            [.. environment, ("AWS_LAMBDA_DOTNET_DEBUG_RUN_ONCE", "true")]
        );
        using var response = await _caller.InvokeAsync(_emulator, "Log", "\"hello\"", Cancelled);
        Assert.Equal(0, await function.ExitAsync(Cancelled));
        return (response.Headers.GetValues("x-amzn-RequestId").Single(), function.Output.TrimEnd().Split(Environment.NewLine));
    }
}
