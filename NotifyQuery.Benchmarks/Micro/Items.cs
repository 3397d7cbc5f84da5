using Amazon.DynamoDBv2.Model;
using BenchmarkDotNet.Attributes;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Benchmarks.Micro;

/// <summary>An item of notification-records, both ways.</summary>
public class Items
{
    private readonly ProjectionWrite.Put write = new(SampleRecords.Take(1)[0], default);
    private readonly KeySpread spread = new TableNames().KeySpread;
    private Dictionary<string, AttributeValue> item = [];

    /// <summary>Makes the item.</summary>
    [GlobalSetup]
    public void Setup() => item = NotificationItem.Of(write, spread, DateTimeOffset.UnixEpoch);

    /// <summary>As the projection writes it.</summary>
    [Benchmark(Description = "write to item")]
    public int ToItem() => NotificationItem.Of(write, spread, DateTimeOffset.UnixEpoch).Count;

    /// <summary>As a query reads it.</summary>
    [Benchmark(Description = "item to notification")]
    public Notification ToNotification() => NotificationItem.TryRead(item)!;
}
