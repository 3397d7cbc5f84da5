using System.Text.Json;
using Amazon.Lambda.APIGatewayEvents;
using Amazon.Lambda.Serialization.SystemTextJson;
using NotifyQuery.Core.Queries;
using NotifyQuery.Lambdas;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.DynamoDB.UniformItems;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>How large the answer with a page becomes.</summary>
public sealed class PageSizeTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private const int LambdaLimit = 6_291_556;

    [Theory]
    [InlineData('x', 7)]
    [InlineData('<', 1)] // six bytes as JSON, and seven in the answer of the Query function
    [InlineData('\\', 3)]
    public async Task A_page_ends_before_it_is_too_large_for_Lambda(char filling, int perPage)
    {
        var body = new string(filling, 400_000);
        using var table = await WatchedTable.CreateAsync(engine, Items(9, perDay: 3, body: body), keys: 16);
        var query = new NotificationQuery
        {
            By = QueryKind.User,
            Value = "ann",
            Limit = 100,
        };
        var ids = new List<string>();
        do
        {
            var page = (await table.ReadAsync(query)).Page;
            var answer = JsonSerializer.SerializeToUtf8Bytes(new(page), QueryResultJson.Default.QueryResultResponse);
            Assert.True(answer.Length < LambdaLimit);
            using var proxied = new MemoryStream();
            new SourceGeneratorLambdaJsonSerializer<LambdaJson>().Serialize(
                new APIGatewayHttpApiV2ProxyResponse { Body = System.Text.Encoding.UTF8.GetString(answer) },
                proxied
            );
            Assert.True(proxied.Length < LambdaLimit, $"the Query function would answer {proxied.Length} bytes");
            if (page.Next is not null)
                Assert.Equal(perPage, page.Items.Count);
            ids.AddRange(page.Items.Select(item => item.TransactionId));
            query = query with { After = page.Next };
        } while (query.After is not null);

        Assert.Equal(Enumerable.Range(0, 9).Select(i => $"tx-{i:D5}").Reverse(), ids);
    }
}
