using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.EventSource.Health;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.EventSource.HealthChecks;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Dead letters that nobody has settled show in the health.</summary>
public sealed class DeadLetterHealthTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private readonly FakeTimeProvider time = FakeTime.New();

    [Fact]
    public async Task Dead_letters_degrade_until_they_are_settled()
    {
        using var tables = await LocalTables.CreateAsync(engine, TestContext.Current.CancellationToken);
        var failures = new FailureLog(tables.Client, tables.Names, time);
        var health = new DeadLetterHealth(failures, time);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(health)).Status);

        await tables.DeadLetters.PutAsync(Letter("yesterday", time.GetUtcNow().AddDays(-1)), TestContext.Current.CancellationToken);
        await tables.DeadLetters.PutAsync(Letter("long ago", time.GetUtcNow().AddDays(-3)), TestContext.Current.CancellationToken);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(health)).Status); // asked a moment ago
        time.Advance(TimeSpan.FromSeconds(10));
        var degraded = await CheckAsync(health);
        Assert.Equal(HealthStatus.Degraded, degraded.Status);
        Assert.Equal("1 dead letters of today and yesterday are not settled: see 'failures list'.", degraded.Description);

        await foreach (var letter in failures.ListAsync(2, false, TestContext.Current.CancellationToken))
            await failures.ResolveAsync(letter, "discarded", TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(health)).Status);
    }

    private static DeadLetter Letter(string id, DateTimeOffset committedAt) =>
        new()
        {
            EventId = id,
            CommittedAt = committedAt,
            SequenceNumber = "1",
            Record = "{}",
            ErrorType = "InvalidCommand",
            ErrorMessage = "user_id is missing",
            Attempts = 1,
        };
}
