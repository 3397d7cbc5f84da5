using System.Globalization;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>Query tables with any spread of keys, and the commands of a campaign for them.</summary>
internal static class SpreadTables
{
    public const string Campaign = "spring";
    private const string Moment = "2026-11-22T08:15:30";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static CommandState Command(int number, string status) =>
        CommandState
            .Of(
                string.Create(CultureInfo.InvariantCulture, $"tx-{number:D4}"),
                string.Create(CultureInfo.InvariantCulture, $"{Moment}.{number % 50:D3}Z"),
                $"user-{number % 7}"
            )
            .With(AttributeNames.CampaignId, Campaign)
            .With(AttributeNames.Status, status);

    /// <summary>The query table as it is declared, or as it was before its keys were spread.</summary>
    public static async Task CreateAsync(Pipeline pipeline, TableNames names)
    {
        var declared = LocalTables.Declared("notification-records");
        declared.Create.TableName = names.NotificationRecords;
        foreach (var attribute in declared.Create.AttributeDefinitions)
            attribute.AttributeName = NameOf(attribute.AttributeName);
        foreach (var key in declared.Create.GlobalSecondaryIndexes.SelectMany(index => index.KeySchema))
            key.AttributeName = NameOf(key.AttributeName);
        await new TableBootstrapper(pipeline.Tables.Client).BootstrapAsync(declared, Token);

        string NameOf(string attribute) =>
            SharedKey.All.FirstOrDefault(key => key.Attribute == attribute) is { } key ? names.KeySpread.AttributeOf(key)! : attribute;
    }
}
