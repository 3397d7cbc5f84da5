using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.DynamoDB;

/// <summary>Scans a whole table page by page, several segments concurrently. At most one page of each segment is in memory.</summary>
internal static class TableScan
{
    private const int PageSize = 500;

    /// <summary>Reads the table.</summary>
    /// <param name="client">The DynamoDB client.</param>
    /// <param name="request">The table and the filter.</param>
    /// <param name="segments">The number of segments.</param>
    /// <param name="progress">Loads and stores the position of each segment; null to read the whole table.</param>
    /// <param name="page">Called for each page.</param>
    /// <param name="cancellationToken">Stops the scan between two pages.</param>
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
/// <param name="LastKey">The scan continues after this key; null at the start.</param>
/// <param name="Finished">Whether the whole segment has been read.</param>
internal sealed record SegmentPosition(Item? LastKey, bool Finished)
{
    public static SegmentPosition Start { get; } = new(null, false);

    public static SegmentPosition End { get; } = new(null, true);
}
