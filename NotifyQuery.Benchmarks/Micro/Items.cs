using Amazon.DynamoDBv2.Model;
using BenchmarkDotNet.Attributes;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Benchmarks.Micro;

/// <summary>Writing and reading an item of notification-records.</summary>
public class Items
{
    private readonly ProjectionWrite.Put write = new(SampleRecords.Take(1)[0], default);
    private readonly KeySpread spread = new TableNames().KeySpread;
    private Dictionary<string, AttributeValue> item = [];

    /// <summary>Creates the item.</summary>
    [GlobalSetup]
    public void Setup() => item = NotificationItem.Of(write, spread, DateTimeOffset.UnixEpoch);

    /// <summary>Writes the item as the projection does.</summary>
    [Benchmark(Description = "write to item")]
    public int ToItem() => NotificationItem.Of(write, spread, DateTimeOffset.UnixEpoch).Count;

    /// <summary>Reads the item as a query does.</summary>
    [Benchmark(Description = "item to notification")]
    public Notification ToNotification() => NotificationItem.TryRead(item)!;
}
