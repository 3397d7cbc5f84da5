using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;

namespace NotifyQuery.Tests.Support;

/// <summary>A client without an engine. The test defines the response to each kind of request; an undefined kind fails.</summary>
internal sealed class ScriptedClient()
    : AmazonDynamoDBClient(
        new BasicAWSCredentials("test", "test"),
        new AmazonDynamoDBConfig
        {
            ServiceURL = "http://127.0.0.1:1",
            AuthenticationRegion = "us-east-1",
            MaxErrorRetry = 0,
        }
    )
{
    public Func<PutItemRequest, CancellationToken, Task<PutItemResponse>> Put { get; init; } =
        (_, _) => throw new NotSupportedException("PutItem");

    public Func<QueryRequest, CancellationToken, Task<QueryResponse>> Query { get; init; } =
        (_, _) => throw new NotSupportedException("Query");

    public Func<BatchGetItemRequest, CancellationToken, Task<BatchGetItemResponse>> BatchGet { get; init; } =
        (_, _) => throw new NotSupportedException("BatchGetItem");

    public override Task<PutItemResponse> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default) =>
        Put(request, cancellationToken);

    public override Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default) =>
        Query(request, cancellationToken);

    public override Task<BatchGetItemResponse> BatchGetItemAsync(
        BatchGetItemRequest request,
        CancellationToken cancellationToken = default
    ) => BatchGet(request, cancellationToken);

    /// <summary>The ARN of a table's stream in its description.</summary>
    public Func<string, string?> LatestStreamOf { get; init; } =
        table => $"arn:aws:dynamodb:us-east-1:000000000000:table/{table}/stream/2026-11-22T08:00:00.000";

    public override Task<DescribeTableResponse> DescribeTableAsync(string tableName, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            new DescribeTableResponse
            {
                Table = new() { TableName = tableName, LatestStreamArn = LatestStreamOf(tableName) },
            }
        );

    /// <summary>
    /// A request without a response. It ends when the caller cancels it. Calls <paramref name="reached"/> when it starts.
    /// </summary>
    public static async Task<TResponse> HangAsync<TResponse>(Action reached, CancellationToken cancellationToken)
    {
        reached();
        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new InvalidOperationException("was not given up");
    }
}
