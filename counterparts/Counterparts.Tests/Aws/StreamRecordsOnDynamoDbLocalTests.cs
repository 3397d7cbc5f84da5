using Amazon.DynamoDBStreams;
using NotifyQuery.Tests.Support;
using static Counterparts.Tests.Aws.StreamedTable;

namespace Counterparts.Tests.Aws;

/// <summary>The streams client against the real engine: items written through the real DynamoDB client are read as records.</summary>
public sealed class StreamRecordsOnDynamoDbLocalTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>, IDisposable
{
    private readonly StreamedTable items = new(engine);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_type_of_attribute_survives_also_when_it_is_empty()
    {
        var table = await items.CreateTableAsync();
        await items.PutAsync(
            "all",
            new()
            {
                ["S"] = new() { S = "žluťoučký \"kůň\" \u0001" },
                ["EmptyS"] = new() { S = "" },
                ["N"] = new() { N = "-12345678901234567890.12345678" },
                ["B"] = new() { B = new MemoryStream([0, 1, 254, 255]) },
                ["EmptyB"] = new() { B = new MemoryStream() },
                ["True"] = new() { BOOL = true },
                ["False"] = new() { BOOL = false },
                ["Null"] = new() { NULL = true },
                ["M"] = new()
                {
                    M = new() { ["inner"] = new() { M = new() { ["L"] = new() { L = [new() { N = "1" }, new() { S = "two" }] } } } },
                },
                ["EmptyM"] = new() { M = [], IsMSet = true },
                ["L"] = new() { L = [new() { S = "a" }, new() { BOOL = false }, new() { NULL = true }, new() { L = [], IsLSet = true }] },
                ["EmptyL"] = new() { L = [], IsLSet = true },
                ["SS"] = new() { SS = ["a", "b"] },
                ["NS"] = new() { NS = ["1", "2.5"] },
                ["BS"] = new() { BS = [new MemoryStream([1]), new MemoryStream([2, 3])] },
            }
        );

        var record = Assert.Single(await items.ReadAsync(table, ShardIteratorType.TRIM_HORIZON));

        Assert.Equal(OperationType.INSERT, record.EventName);
        Assert.Equal("aws:dynamodb", record.EventSource);
        Assert.Equal("all", record.Dynamodb.Keys["id"].S);
        var image = record.Dynamodb.NewImage;
        Assert.Equal(16, image.Count);
        Assert.Equal("žluťoučký \"kůň\" \u0001", image["S"].S);
        Assert.Equal("", image["EmptyS"].S);
        Assert.Equal("-12345678901234567890.12345678", image["N"].N);
        Assert.Equal([0, 1, 254, 255], image["B"].B.ToArray());
        Assert.Empty(image["EmptyB"].B.ToArray());
        Assert.True(image["True"].BOOL);
        Assert.False(image["False"].BOOL);
        Assert.True(image["Null"].NULL);
        Assert.Equal(["1", null], image["M"].M["inner"].M["L"].L.Select(value => value.N));
        Assert.Equal("two", image["M"].M["inner"].M["L"].L[1].S);
        Assert.Empty(image["EmptyM"].M);
        Assert.Equal(["a", null, null, null], image["L"].L.Select(value => value.S));
        Assert.Empty(image["L"].L[3].L);
        Assert.Empty(image["EmptyL"].L);
        Assert.Equal(["a", "b"], image["SS"].SS.Order());
        Assert.Equal(["1", "2.5"], image["NS"].NS.Order());
        Assert.Equal(
            [
                [1],
                [2, 3],
            ],
            image["BS"].BS.Select(binary => binary.ToArray()).OrderBy(binary => binary[0])
        );
        // The members of other types are not set.
        Assert.Null(image["S"].N);
        Assert.Null(image["S"].BOOL);
        Assert.Null(image["S"].L);
        Assert.Null(image["S"].M);
        Assert.Null(image["S"].SS);
        Assert.Null(image["Null"].BOOL);
    }

    [Fact]
    public async Task A_change_and_a_removal_have_the_images_they_should()
    {
        var table = await items.CreateTableAsync();
        await items.PutAsync("x", new() { ["v"] = new("1") });
        await items.PutAsync("x", new() { ["v"] = new("2") });
        await items.Tables.DeleteItemAsync(TableName, new() { ["id"] = new("x") }, Cancel);

        var records = await items.ReadAsync(table, ShardIteratorType.TRIM_HORIZON);

        Assert.Equal([OperationType.INSERT, OperationType.MODIFY, OperationType.REMOVE], records.Select(record => record.EventName));
        Assert.Equal([null, "1", "2"], records.Select(record => record.Dynamodb.OldImage?["v"].S));
        Assert.Equal(["1", "2", null], records.Select(record => record.Dynamodb.NewImage?["v"].S));
        Assert.All(
            records,
            record =>
                Assert.InRange(
                    record.Dynamodb.ApproximateCreationDateTime!.Value,
                    DateTime.UtcNow.AddMinutes(-5),
                    DateTime.UtcNow.AddMinutes(1)
                )
        );
        Assert.All(records, record => Assert.Equal(StreamViewType.NEW_AND_OLD_IMAGES, record.Dynamodb.StreamViewType));
        Assert.All(records, record => Assert.True(record.Dynamodb.SizeBytes > 0));
        Assert.Equal(3, records.Select(record => record.Dynamodb.SequenceNumber).Distinct().Count());
    }

    public void Dispose() => items.Dispose();
}
