using Amazon.DynamoDBv2.Model;

namespace NotifyQuery.DynamoDB;

/// <summary>The queries of projection-failures.</summary>
internal static class FailureQuery
{
    private const string Unsettled = $"{FailureItem.Resolved} = :false";

    /// <summary>The letters of a day (UTC), newest first.</summary>
    public static QueryRequest OfDay(TableNames tables, DateOnly day) =>
        new()
        {
            TableName = tables.ProjectionFailures,
            KeyConditionExpression = $"{FailureItem.Day} = :day",
            ExpressionAttributeValues = new() { [":day"] = FailureItem.DayOf(day) },
            ScanIndexForward = false,
        };

    /// <summary>Leaves out resolved letters, except those that a run has resolved.</summary>
    /// <param name="request">The query.</param>
    /// <param name="run">The run; null for none.</param>
    public static void FilterUnsettled(QueryRequest request, string? run)
    {
        request.FilterExpression = run is null ? Unsettled : $"{Unsettled} OR {FailureItem.LastRun} = :run";
        request.ExpressionAttributeValues[":false"] = new() { BOOL = false };
        if (run is not null)
            request.ExpressionAttributeValues[":run"] = new(run);
    }
}
