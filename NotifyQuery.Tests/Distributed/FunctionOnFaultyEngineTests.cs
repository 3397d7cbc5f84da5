using System.Diagnostics;
using System.Text.Json;
using Amazon.DynamoDBv2;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.Core.Notifications;
using NotifyQuery.EventSource.Rules;
using NotifyQuery.Lambdas;
using NotifyQuery.Lambdas.StreamProcessor;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Distributed;

/// <summary>The real function against an engine that refuses, hangs and loses its answers.</summary>
public sealed class FunctionOnFaultyEngineTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    [Theory]
    [InlineData(Fault.OverThroughput)]
    [InlineData(Fault.Throttled)]
    [InlineData(Fault.ServerError)]
    [InlineData(Fault.CutOff)]
    internal async Task The_function_names_exactly_the_records_that_the_engine_did_not_take(Fault fault)
    {
        await using var path = await FaultyWritePath.StartAsync(
            local,
            request => request.IsProjection && Hit(request.Number) ? fault : Fault.None
        );
        var records = await InsertAsync(path, 30);

        var failed = await path.Function(retries: 0).ProjectAsync(records);

        Assert.Equal(await NotShownAsync(path, records), failed);
        Assert.Equal(10, failed.Count);

        path.Proxy.Rule = _ => Fault.None;
        Assert.Empty(await path.Function().ProjectAsync(records));
        Assert.Empty(await NotShownAsync(path, records));

        // A connection that is closed without an answer is tried again by the HTTP handler, whatever the SDK is told: it stays cut.
        bool Hit(int number) => fault is Fault.CutOff ? number > 20 : number % 3 == 0;
    }

    [Fact]
    public async Task A_dead_letter_that_the_engine_did_not_take_is_named_and_kept_the_next_time()
    {
        await using var path = await FaultyWritePath.StartAsync(
            local,
            request => request.Table == "projection-failures" && request.Number % 2 == 1 ? Fault.OverThroughput : Fault.None
        );
        var history = CommandHistory.Of(seed: 5, 200);
        await path.WriteAsync(history);
        var records = await path.StreamAsync(history.Writes.Count);

        var failed = await path.Function(retries: 0).ProjectAsync(records);
        Assert.Equal((history.Poison + 1) / 2, failed.Count);
        var kept = (await path.ItemsAsync("projection-failures")).Select(letter => letter["sequence_number"].S).ToHashSet();
        Assert.DoesNotContain(failed, kept.Contains);
        Assert.Equal(history.Poison, kept.Count + failed.Count);

        path.Proxy.Rule = _ => Fault.None;
        Assert.Empty(await path.Function().ProjectAsync(records));
        await FaultyWritePath.IsRightAsync(path.Engine.Client, history);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(null, 2)]
    public async Task A_write_whose_answer_was_lost_counts_as_done_when_it_is_made_again(int? retries, int every)
    {
        await using var path = await FaultyWritePath.StartAsync(
            local,
            request => request.IsProjection && request.Number % every == 0 ? Fault.LoseAnswer : Fault.None
        );
        var history = CommandHistory.Of(seed: 3, 120);
        await path.WriteAsync(history);
        var records = await path.StreamAsync(history.Writes.Count);

        // With retries a later try finds its own write; when all answers are lost, the records are named although they are applied.
        var failed = await path.Function(retries).ProjectAsync(records);
        Assert.True(path.Proxy.Count(Fault.LoseAnswer) > 10, "answers were lost");
        Assert.Equal(retries is 0, failed.Count > 0);
        await FaultyWritePath.IsRightAsync(path.Engine.Client, history);
        var shown = await path.VisibleAsync("notification-records");

        path.Proxy.Rule = _ => Fault.None;
        // All of it again, and then its older half alone: nothing is doubled, taken back or brought back.
        Assert.Empty(await path.Function().ProjectAsync(records));
        Assert.Empty(await path.Function().ProjectAsync([.. records.Take(records.Count / 2)]));
        Assert.Equal(shown, await path.VisibleAsync("notification-records"));
        await FaultyWritePath.IsRightAsync(path.Engine.Client, history);
    }

    [Theory]
    [InlineData(3, null)]
    [InlineData(3, 900)]
    [InlineData(900, 3)]
    public async Task When_the_engine_hangs_the_function_returns_before_its_limit_and_names_what_is_not_done(int remaining, int? timeLimit)
    {
        await using var path = await FaultyWritePath.StartAsync(
            local,
            request => request.IsProjection && request.Number % 6 == 0 ? Fault.Hang : Fault.None
        );
        var records = await InsertAsync(path, 30);
        var function = path.Function(
            timeLimit: timeLimit is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            remaining: TimeSpan.FromSeconds(remaining)
        );

        var started = Stopwatch.GetTimestamp();
        var failed = await function.ProjectAsync(records);

        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(3), $"it took {Stopwatch.GetElapsedTime(started)}");
        Assert.True(failed.Count >= 5, $"{failed.Count} are named");
        Assert.Equal(await NotShownAsync(path, records), failed);
    }

    [Fact]
    public async Task A_function_that_is_stopped_while_the_engine_hangs_names_what_is_not_done_and_ends()
    {
        await using var path = await FaultyWritePath.StartAsync(
            local,
            request => request.IsProjection && request.Number % 6 == 0 ? Fault.Hang : Fault.None
        );
        var records = await InsertAsync(path, 30);
        var time = FakeTime.New();
        using var gate = new InvocationGate(time);

        var answer = path.Function().ProjectUntilAsync(records, gate.Overdue);
        await RunningSystem.EventuallyAsync("the engine hangs", () => Task.FromResult(path.Proxy.Count(Fault.Hang) > 0));
        gate.Close();
        Assert.False(answer.IsCompleted);
        time.Advance(InvocationGate.TimeToFinish);

        var failed = await answer;
        Assert.NotEmpty(failed);
        Assert.Empty((await NotShownAsync(path, records)).Except(failed));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("901")]
    public void An_invalid_time_limit_is_named(string seconds)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Projection:TimeLimitSeconds", seconds)]).Build();
        var refused = Assert.Throws<InvalidOperationException>(() =>
            StreamProcessorFunction.Configure(new ServiceCollection(), configuration)
        );
        Assert.Equal($"Projection:TimeLimitSeconds is {seconds}: it must be from 2 to 900", refused.Message);
    }

    [Fact]
    public async Task The_function_takes_its_time_limit_from_the_configuration()
    {
        await using var path = await FaultyWritePath.StartAsync(local, request => request.IsProjection ? Fault.Hang : Fault.None);
        var records = await InsertAsync(path, 3);
        using var client = path.Engine.ClientAt(path.Proxy.Endpoint);
        var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System);
        StreamProcessorFunction.Configure(
            services,
            new ConfigurationBuilder().AddInMemoryCollection([new("Projection:TimeLimitSeconds", "2")]).Build()
        );
        await using var provider = services.AddSingleton<IAmazonDynamoDB>(client).BuildServiceProvider();

        var failed = await new Processor(provider.GetRequiredService<StreamProcessorFunction>(), TimeSpan.FromMinutes(15)).ProjectAsync(
            records
        );

        Assert.Equal(records.Select(record => record.SequenceNumber), failed);
    }

    [Fact]
    public async Task Without_any_time_left_the_function_asks_the_engine_nothing_and_names_every_record()
    {
        await using var path = await FaultyWritePath.StartAsync(local, _ => Fault.None);
        var history = CommandHistory.Of(seed: 4, 60);
        await path.WriteAsync(history);
        var records = await path.StreamAsync(history.Writes.Count);

        var failed = await path.Function(remaining: TimeSpan.FromMilliseconds(-20)).ProjectAsync(records);

        Assert.Equal(0, path.Proxy.Count(Fault.None));
        // A removal of what could never be shown needs no write, and is done.
        Assert.NotEmpty(failed);
        Assert.Equal(records[0].SequenceNumber, failed[0]);
        Assert.Empty(await path.ItemsAsync("notification-records"));
    }

    private static async Task<IReadOnlyList<ChangeRecord>> InsertAsync(FaultyWritePath path, int count)
    {
        await path.Engine.PutAsync(1, count);
        return await path.StreamAsync(count);
    }

    /// <summary>The sequence numbers of the insertions that the query table does not show.</summary>
    private static async Task<IReadOnlyList<string>> NotShownAsync(FaultyWritePath path, IReadOnlyList<ChangeRecord> records)
    {
        var shown = (await path.ItemsAsync("notification-records")).Select(item => item[AttributeNames.TransactionId].S).ToHashSet();
        return [.. records.Where(record => !shown.Contains(TransactionOf(record))).Select(record => record.SequenceNumber)];
    }

    private static string TransactionOf(ChangeRecord record)
    {
        using var json = JsonDocument.Parse(record.Json);
        return json
            .RootElement.GetProperty("dynamodb")
            .GetProperty("Keys")
            .GetProperty(AttributeNames.TransactionId)
            .GetProperty("S")
            .GetString()!;
    }
}
