using System.Collections.Concurrent;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.Operations.Control;
using NotifyQuery.Tests.EventSource;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Operations.ControlledProjection;

namespace NotifyQuery.Tests.Operations;

/// <summary>Requests of operators to the event source, on DynamoDB Local: made only through the table, and carried out.</summary>
public sealed class ProjectionControlTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private readonly ConcurrentQueue<string> delivered = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pause_is_taken_says_what_waits_and_for_how_long_and_is_ended_without_a_loss()
    {
        using var engine = await Engine.CreateAsync(local);
        var control = ControlOf(engine);
        await engine.PutAsync(1, 5);
        await using var source = await StartAsync(engine, delivered);
        await Eventually.TrueAsync(() => delivered.Count == 5, "it delivers");

        var paused = await control.PauseAsync("ann@desk", Within, Token);
        await engine.PutAsync(6, 5);
        var status = await control.StatusAsync(Token);

        Assert.True(paused.Done, paused.Summary);
        Assert.StartsWith("Paused since 2", paused.Summary, StringComparison.Ordinal);
        Assert.Contains(" by ann@desk: nothing is delivered. No record waits.", paused.Summary, StringComparison.Ordinal);
        Assert.Equal(
            (ProjectionState.Disabled, true, "ann@desk", "pause", true),
            (status.State, status.Running, status.PausedBy, status.AskedFor, status.Taken)
        );
        Assert.InRange(status.OldestWaitingSeconds!.Value, 0, 180); // DynamoDB Local reports only the minute
        Assert.Equal(24 * 3600, status.OldestWaitingSeconds.Value + status.KeptForSeconds!.Value, 1.0);
        Assert.Equal(21_600, status.OldestWaitingSeconds.Value + status.GivenUpInSeconds!.Value, 1.0);
        var shard = Assert.Single(status.Shards);
        Assert.StartsWith("after ", shard.Position, StringComparison.Ordinal);
        Assert.NotNull(shard.LagSeconds);
        var text = string.Join('\n', status.ToReport().Parts);
        Assert.Contains("Last request: pause by ann@desk at 2", text, StringComparison.Ordinal);
        Assert.Contains("the stream keeps it for another 23 h 5", text, StringComparison.Ordinal);
        Assert.Equal(5, delivered.Count);

        var again = await control.PauseAsync("bob@desk", Within, Token);
        Assert.True(again.Done);
        Assert.StartsWith("It was paused already. Paused since ", again.Summary, StringComparison.Ordinal);
        Assert.Equal("ann@desk", again.Status.PausedBy);

        var resumed = await control.ResumeAsync("bob@desk", Within, Token);
        Assert.True(resumed.Done, resumed.Summary);
        Assert.StartsWith("Resumed. Enabled: ", resumed.Summary, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => delivered.Count == 10, "all is delivered");
        await Eventually.TrueAsync(async () => (await control.StatusAsync(Token)).OldestWaitingSeconds is null, "nothing waits");
        Assert.StartsWith("It was not paused. ", (await control.ResumeAsync("bob@desk", Within, Token)).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_event_source_a_request_is_stored_which_is_reported_and_the_next_one_carries_it_out_before_it_delivers()
    {
        using var engine = await Engine.CreateAsync(local);
        var control = ControlOf(engine);
        await engine.PutAsync(1, 4);
        await using (await StartAsync(engine, delivered))
            await Eventually.TrueAsync(() => delivered.Count == 4, "it delivers");
        await Eventually.TrueAsync(async () => !(await control.StatusAsync(Token)).Running, "none runs");
        await engine.PutAsync(5, 2);

        var reset = await control.ResetAsync("trim-horizon", null, "ann@desk", Within, Token);
        Assert.False(reset.Done);
        Assert.Equal(
            "No event source is running: the reset to trim-horizon of 1 shard is stored, and the next event source carries it out before "
                + "it delivers anything.",
            reset.Summary
        );
        Assert.Equal("oldest record", reset.Status.Shards.Single().Pending);
        var skipped = await control.ResetAsync("latest", null, "ann@desk", Within, Token); // the later request counts
        Assert.StartsWith("after ", skipped.Status.Shards.Single().Pending, StringComparison.Ordinal);
        var paused = await control.PauseAsync("ann@desk", Within, Token);
        Assert.True(paused.Done);
        Assert.Contains("No event source is running: start the system.", paused.Summary, StringComparison.Ordinal);
        Assert.Contains("A reset waits until an event source carries it out.", paused.Summary, StringComparison.Ordinal);
        var resumed = await control.ResumeAsync("ann@desk", Within, Token);
        Assert.False(resumed.Done);
        Assert.StartsWith(
            "No event source is running: nothing is delivered. When one starts, it delivers at once.",
            resumed.Summary,
            StringComparison.Ordinal
        );

        await using var source = await StartAsync(engine, delivered);
        await engine.PutAsync(7, 1);
        await Eventually.TrueAsync(() => delivered.Count == 5, "what came later is delivered");
        Assert.True((await control.StatusAsync(Token)).Taken);
    }

    [Fact]
    public async Task A_status_of_a_table_that_nobody_has_ever_delivered_says_so()
    {
        using var engine = await Engine.CreateAsync(local);
        await engine.PutAsync(1, 1);

        var status = await ControlOf(engine).StatusAsync(Token);

        Assert.Equal((ProjectionState.Enabled, false, "oldest record"), (status.State, status.Running, status.Shards.Single().Position));
        Assert.StartsWith(
            "Enabled, but nothing is delivered. No event source is running: start the system. The oldest record that waits is ",
            status.ToReport().Summary,
            StringComparison.Ordinal
        );

        using var empty = await Engine.CreateAsync(local, commands: false);
        Assert.EndsWith(
            "command-records has no stream: nothing can be delivered.",
            (await ControlOf(empty).StatusAsync(Token)).ToReport().Summary,
            StringComparison.Ordinal
        );
        await Assert.ThrowsAsync<ControlRefusedException>(() => ControlOf(empty).ResetAsync("latest", null, "ann@desk", Within, Token));
    }

    [Fact]
    public async Task Requests_of_two_operators_at_the_same_time_are_both_carried_out()
    {
        using var engine = await Engine.CreateAsync(local);
        await engine.PutAsync(1, 1);
        var control = ControlOf(engine);

        await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(number =>
                    number % 2 == 0
                        ? control.PauseAsync($"pausing-{number}", TimeSpan.Zero, Token)
                        : control.ResetAsync("trim-horizon", null, $"resetting-{number}", TimeSpan.Zero, Token)
                )
        );

        var kept = await new CheckpointTable(engine.Client, "stream-checkpoints").ReadControlAsync("command-records", Token);
        Assert.Equal((4, true, 1), (kept.Version, kept.Paused, kept.Resets.Count)); // a pause while it is paused is not a request
    }
}
