using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>Where a rebuild continues whose stored progress is damaged.</summary>
public sealed class RebuildProgressTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, null)]
    [InlineData("finished", null)]
    [InlineData("finished", "last_key")]
    public async Task A_segment_whose_progress_is_damaged_is_read_from_its_start(string? first, string? second)
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var commands = new DynamoDBCommandRecords(tables.Client, tables.Names);
        for (var number = 1; number <= 3; number++)
        {
            await commands.PutAsync(
                new()
                {
                    TransactionId = $"tx-{number}",
                    CreatedAt = "2026-11-22T08:15:30.123Z",
                    UserId = "ann",
                },
                Token
            );
        }

        var progress = new Dictionary<string, AttributeValue>
        {
            ["stream_arn"] = new($"rebuild#{tables.Names.NotificationRecords}"),
            ["shard_id"] = new("segment 1 of 1"),
        };
        foreach (var attribute in (string?[])[first, second])
            if (attribute is not null)
                progress[attribute] = new("damaged");
        await tables.Client.PutItemAsync(tables.Names.StreamCheckpoints, progress, Token);

        var read = new List<string>();
        await new ProjectedTables(tables.Client, tables.Names, TimeProvider.System).ResumeCommandsAsync(
            segments: 1,
            restart: false,
            (page, _) =>
            {
                read.AddRange(page.Select(item => item[AttributeNames.TransactionId].S));
                return Task.CompletedTask;
            },
            Token
        );

        Assert.Equal(["tx-1", "tx-2", "tx-3"], read.Order(StringComparer.Ordinal));
        Assert.Empty((await tables.Client.ScanAsync(new ScanRequest(tables.Names.StreamCheckpoints), Token)).Items ?? []);
    }
}
