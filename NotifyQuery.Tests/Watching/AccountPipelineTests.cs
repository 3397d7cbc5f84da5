using System.Globalization;
using System.Text.Json;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Tests.Deploy;
using NotifyQuery.Tests.Tools;

namespace NotifyQuery.Tests.Watching;

/// <summary><c>watch --endpoint aws</c>, on moto's CloudWatch and DynamoDB.</summary>
public sealed class AccountPipelineTests(MotoServer moto) : IClassFixture<MotoServer>
{
    [Fact]
    public async Task An_account_is_seen_by_its_metrics_and_what_it_does_not_measure_is_not_known()
    {
        moto.SkipIfMissing();
        using var client = moto.CreateDynamoDBClient();
        var template = await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "tables.template.json"),
            TestContext.Current.CancellationToken
        );
        foreach (var table in TablesTemplate.Read(template))
            await client.CreateTableAsync(table.Create, TestContext.Current.CancellationToken);
        await PutAsync("AWS/Lambda", "IteratorAge", "FunctionName=notifyquery-StreamProcessor", 1500);
        await PutAsync("AWS/Lambda", "Duration", "FunctionName=notifyquery-StreamProcessor", 250);
        await PutAsync("AWS/Lambda", "Invocations", "FunctionName=notifyquery-QueryResult", 600);
        await PutAsync("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName=notification-records", 240);
        await PutAsync("AWS/ApiGateway", "Count", "ApiId=abc123", 1200);

        var result = await ToolProcess.RunAsync(
            moto.Environment,
            "watch",
            "--endpoint",
            "aws",
            "--gateway",
            "https://abc123.execute-api.us-east-1.amazonaws.com",
            "--json",
            "--duration",
            "1s"
        );

        Assert.Equal((0, ""), (result.ExitCode, string.Join('\n', result.Errors)));
        var now = JsonDocument.Parse(Assert.Single(result.Output)).RootElement;
        var (write, read) = (now.GetProperty("write"), now.GetProperty("read"));
        Assert.Empty(now.GetProperty("problems").EnumerateArray());
        Assert.Equal(
            (1.5, 1.75, 4),
            (Number(write, "iterator_age_seconds"), Number(write, "lag_seconds"), Number(write, "projection_units_per_second"))
        );
        Assert.Equal((0, null), (Number(write, "dead_letters"), Number(write, "outstanding")));
        Assert.Equal((10, 20), (Number(read.GetProperty("query_result"), "per_second"), Number(read.GetProperty("gateway"), "per_second")));
        Assert.Null(Number(read.GetProperty("handler"), "per_second"));
    }

    [Fact]
    public async Task An_unreachable_account_is_a_problem_and_not_a_crash()
    {
        var nowhere = new Dictionary<string, string>
        {
            ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9",
            ["AWS_ACCESS_KEY_ID"] = "test",
            ["AWS_SECRET_ACCESS_KEY"] = "test",
            ["AWS_REGION"] = "us-east-1",
            ["AWS_MAX_ATTEMPTS"] = "1",
        };

        var result = await ToolProcess.RunAsync(nowhere, "watch", "--endpoint", "aws", "--json", "--duration", "1s");

        Assert.Equal(0, result.ExitCode);
        var problems = JsonDocument
            .Parse(Assert.Single(result.Output))
            .RootElement.GetProperty("problems")
            .EnumerateArray()
            .Select(it => it.GetString()!)
            .ToList();
        Assert.StartsWith("DynamoDB cannot be read: ", problems[0], StringComparison.Ordinal);
        Assert.StartsWith("CloudWatch cannot be read: ", problems[1], StringComparison.Ordinal);
    }

    private async Task PutAsync(string name, string metric, string dimension, double value) =>
        await moto.AwsAsync(
            "cloudwatch",
            "put-metric-data",
            "--namespace",
            name,
            "--metric-name",
            metric,
            "--dimensions",
            dimension,
            "--value",
            value.ToString(CultureInfo.InvariantCulture),
            "--timestamp",
            TimeProvider.System.GetUtcNow().AddMinutes(-3).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
        );

    private static double? Number(JsonElement within, string name) =>
        within.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;
}
