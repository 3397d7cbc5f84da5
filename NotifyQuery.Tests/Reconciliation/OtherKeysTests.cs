using System.Globalization;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Reconciliation.SpreadTables;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>A query table whose keys are spread otherwise than the configuration says.</summary>
public sealed class OtherKeysTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Items with another table's keys would be taken without complaint, and found by no query.</summary>
    [Theory]
    [InlineData(
        0,
        16,
        "the indexes of notification-records-1 have the keys campaign_id and status_day, but Tables:KeySpread is 16: set it to 0 to use"
    )]
    [InlineData(
        16,
        0,
        "the indexes of notification-records-1 have the keys campaign_key and status_key, but Tables:KeySpread is 0: set it to the "
            + "number of keys"
    )]
    public async Task A_table_with_other_keys_than_the_configuration_says_is_neither_compared_nor_filled(
        int keys,
        int configured,
        string problem
    )
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var names = new TableNames
        {
            NotificationRecords = "notification-records-1",
            KeySpread = KeySpread.Parse(keys.ToString(CultureInfo.InvariantCulture)),
        };
        await CreateAsync(pipeline, names);
        await pipeline.PutAsync(Command(1, "SENT"));
        var reconciler = new Reconciler(
            pipeline.Tables.Client,
            names with
            {
                KeySpread = KeySpread.Parse(configured.ToString(CultureInfo.InvariantCulture)),
            },
            TimeProvider.System
        );

        var compared = await Assert.ThrowsAsync<OtherKeysException>(() =>
            reconciler.ReconcileAsync(new() { Repair = true, Settle = TimeSpan.Zero }, new(), Token)
        );
        var filled = await Assert.ThrowsAsync<OtherKeysException>(() => reconciler.RebuildAsync(1, restart: true, new(), Token));

        Assert.All([compared, filled], exception => Assert.StartsWith(problem, exception.Message, StringComparison.Ordinal));
        Assert.Empty(await pipeline.Tables.AllAsync(names.NotificationRecords, Token));
    }
}
