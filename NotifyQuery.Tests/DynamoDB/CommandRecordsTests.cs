using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

public sealed class CommandRecordsTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static readonly CommandRecord Complete = new()
    {
        TransactionId = "tx-1",
        CreatedAt = "2026-11-22T08:15:30.123Z",
        UserId = "ann",
        Channel = Channel.InApp,
        Status = NotificationStatus.Failed,
        CampaignId = "spring",
        Title = "title",
        Body = "body",
        ErrorMessage = "mailbox full",
        UpdatedAt = "2026-11-22T08:16:00.000Z",
        TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    };

    private static readonly CommandRecord Bare = new()
    {
        TransactionId = "tx-2",
        CreatedAt = "2026-11-22T08:15:30.123Z",
        UserId = "ann",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void An_item_of_a_command_is_read_back_as_the_command()
    {
        foreach (var record in (CommandRecord[])[Complete, Bare])
        {
            var image = CommandImage.Read(CommandItem.Reader(CommandItem.Of(record)));

            Assert.Empty(image.Problems);
            Assert.Equal(record, image.Record);
        }
    }

    [Fact]
    public void A_value_of_another_type_is_told_by_the_name_that_DynamoDB_gives_it()
    {
        var values = new Dictionary<string, AttributeValue>
        {
            ["N"] = new() { N = "1" },
            ["BOOL"] = new() { BOOL = false },
            ["NULL"] = new() { NULL = true },
            ["B"] = new() { B = new MemoryStream([1]) },
            ["M"] = new() { M = [], IsMSet = true },
            ["L"] = new() { L = [], IsLSet = true },
            ["SS"] = new() { SS = ["a"] },
            ["NS"] = new() { NS = ["1"] },
            ["BS"] = new() { BS = [new MemoryStream([1])] },
        };
        var reader = CommandItem.Reader(values);

        Assert.All(values.Keys, type => Assert.Equal(new ImageValue(null, type), reader(type)));
        Assert.Equal(ImageValue.Absent, reader("absent"));
    }

    [Fact]
    public async Task Every_type_is_told_as_the_engine_gives_it_back()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var item = CommandItem.Of(Bare);
        item["N"] = new() { N = "1" };
        item["BOOL"] = new() { BOOL = false };
        item["NULL"] = new() { NULL = true };
        item["B"] = new() { B = new MemoryStream([1]) };
        item["M"] = new() { M = [], IsMSet = true };
        item["L"] = new() { L = [], IsLSet = true };
        item["SS"] = new() { SS = ["a"] };
        item["NS"] = new() { NS = ["1"] };
        item["BS"] = new() { BS = [new MemoryStream([1])] };
        await tables.Client.PutItemAsync("command-records", item, Token);

        var reader = CommandItem.Reader(Assert.Single(await tables.AllAsync("command-records", Token)));

        Assert.All(
            (string[])["N", "BOOL", "NULL", "B", "M", "L", "SS", "NS", "BS"],
            type => Assert.Equal(new ImageValue(null, type), reader(type))
        );
        Assert.Equal(new ImageValue("ann", null), reader("user_id"));
    }

    [Fact]
    public async Task A_record_is_put_replaced_and_removed()
    {
        using var tables = await LocalTables.CreateAsync(engine, Token);
        var records = new DynamoDBCommandRecords(tables.Client, tables.Names);
        Assert.True(await records.IsEmptyAsync(Token));

        await records.PutAsync(Complete, Token);
        await records.PutAsync(Complete with { Title = null, Status = NotificationStatus.Read }, Token);
        var item = Assert.Single(await tables.AllAsync("command-records", Token));
        var filled = await records.IsEmptyAsync(Token);
        await records.RemoveAsync(Complete, Token);
        await records.RemoveAsync(Complete, Token); // what is gone already is no error

        Assert.False(filled);
        Assert.Equal("READ", item["status"].S);
        Assert.DoesNotContain("title", item.Keys);
        Assert.True(await records.IsEmptyAsync(Token));
    }

    [Fact]
    public void A_configuration_may_give_another_name_to_a_table()
    {
        var names = TableNames.From(key => key == "Tables:NotificationRecords" ? "notification-records-2" : null);

        Assert.Equal(new TableNames { NotificationRecords = "notification-records-2" }, names);
        Assert.Equal(
            LocalTables.Declared().Select(t => t.Name),
            [names.CommandRecords, new TableNames().NotificationRecords, names.ProjectionFailures, names.StreamCheckpoints]
        );
    }
}
