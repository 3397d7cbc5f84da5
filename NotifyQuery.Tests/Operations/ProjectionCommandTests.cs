using System.Collections.Concurrent;
using NotifyQuery.Tests.EventSource;
using NotifyQuery.Tests.Support;
using NotifyQuery.Tests.Tools;
using static NotifyQuery.Tests.Operations.ControlledProjection;

namespace NotifyQuery.Tests.Operations;

/// <summary>projection as an operator types it: status, pause, resume and reset, on DynamoDB Local.</summary>
public sealed class ProjectionCommandTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private readonly ConcurrentQueue<string> delivered = new();

    [Fact]
    public async Task Status_pause_resume_and_reset_answer_in_sentences_and_as_JSON_with_exit_codes()
    {
        using var engine = await Engine.CreateAsync(local);
        await engine.PutAsync(1, 3);
        var none = await RunAsync(engine, "resume");
        Assert.Equal(
            (1, true),
            (
                none.ExitCode,
                none.Output[^1].StartsWith("It was not paused", StringComparison.Ordinal)
                    || none.Output[^1].StartsWith("No event source is running", StringComparison.Ordinal)
            )
        );

        await using var source = await StartAsync(engine, delivered);
        await Eventually.TrueAsync(() => delivered.Count == 3, "it delivers");
        var paused = await RunAsync(engine, "pause", "--by", "ann on call");
        Assert.Equal(0, paused.ExitCode);
        Assert.Contains(" by ann on call: nothing is delivered.", paused.Output[^1], StringComparison.Ordinal);

        var status = await RunAsync(engine, "status", "--json");
        using var json = System.Text.Json.JsonDocument.Parse(string.Join('\n', status.Output));
        Assert.Equal(
            ("Disabled", "ann on call", true),
            (
                json.RootElement.GetProperty("state").GetString(),
                json.RootElement.GetProperty("paused_by").GetString(),
                json.RootElement.GetProperty("taken").GetBoolean()
            )
        );

        var unasked = await RunAsync(engine, "reset");
        Assert.Equal(2, unasked.ExitCode);
        Assert.Contains(
            "'reset' delivers changes again that were delivered before",
            string.Join(' ', unasked.Errors),
            StringComparison.Ordinal
        );
        var wrong = await RunAsync(engine, "reset", "--to", "12", "--yes");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("select it with --shard", string.Join(' ', wrong.Errors), StringComparison.Ordinal);
        var unknown = await RunAsync(engine, "reset", "--shard", "shardId-0", "--yes");
        Assert.Equal(1, unknown.ExitCode);
        Assert.StartsWith("The stream has no shard 'shardId-0'", unknown.Errors[0], StringComparison.Ordinal);
        var reset = await RunAsync(engine, "reset", "--yes");
        Assert.Equal(
            (0, "1 shard reset to trim-horizon. Delivery is paused: 'projection resume' starts it from there."),
            (reset.ExitCode, reset.Output[^1])
        );
        Assert.Equal(0, (await RunAsync(engine, "resume")).ExitCode);
        await Eventually.TrueAsync(() => delivered.Count == 6, "all is delivered again");
    }

    private static Task<ToolResult> RunAsync(Engine engine, params string[] arguments) =>
        Tool.RunAsync(
            new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = engine.Credentials.AccessKey },
            ["projection", .. arguments, "--endpoint", engine.Endpoint.ToString()]
        );
}
