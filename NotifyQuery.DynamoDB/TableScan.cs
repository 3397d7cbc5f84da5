using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.DynamoDB;

/// <summary>Reads a whole table page by page, several segments at once; no more than a page of each segment is in memory.</summary>
internal static class TableScan
{
    private const int PageSize = 500;

    /// <summary>Reads the table.</summary>
    /// <param name="client">The engine.</param>
    /// <param name="request">What is read: table and filter.</param>
    /// <param name="segments">How many parts are read at once.</param>
    /// <param name="progress">Where each segment goes on, and where that is kept; null to read all of it.</param>
    /// <param name="page">Told of each page.</param>
    /// <param name="cancellationToken">Stops between two pages.</param>
    public static Task ReadAsync(
        IAmazonDynamoDB client,
        ScanRequest request,
        int segments,
        RebuildProgress? progress,
        Func<List<Item>, CancellationToken, Task> page,
        CancellationToken cancellationToken
    )
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = segments, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(
            Enumerable.Range(0, segments),
            options,
            async (segment, stop) =>
            {
                var from = progress is null
                    ? SegmentPosition.Start
                    : await progress.ReadAsync(segment, segments, stop).ConfigureAwait(false);
                while (!from.Finished)
                {
                    var response = await client
                        .ScanAsync(
                            new ScanRequest
                            {
                                TableName = request.TableName,
                                FilterExpression = request.FilterExpression,
                                ExpressionAttributeValues = request.ExpressionAttributeValues,
                                ConsistentRead = true,
                                Limit = PageSize,
                                Segment = segment,
                                TotalSegments = segments,
                                ExclusiveStartKey = from.LastKey,
                            },
                            stop
                        )
                        .ConfigureAwait(false);
                    if (response.Items is { Count: > 0 } items)
                        await page(items, stop).ConfigureAwait(false);
                    from = response.LastEvaluatedKey is { Count: > 0 } last ? new(last, false) : SegmentPosition.End;
                    if (progress is not null)
                        await progress.WriteAsync(segment, segments, from, stop).ConfigureAwait(false);
                }
            }
        );
    }
}

/// <summary>How far a segment has been read.</summary>
/// <param name="LastKey">The key after which it goes on; null at the start.</param>
/// <param name="Finished">Whether all of it has been read.</param>
internal sealed record SegmentPosition(Item? LastKey, bool Finished)
{
    public static SegmentPosition Start { get; } = new(null, false);

    public static SegmentPosition End { get; } = new(null, true);
}
