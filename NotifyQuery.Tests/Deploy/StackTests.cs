using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Tests.Deploy;

/// <summary>
/// The stacks as CloudFormation makes them, on moto. It knows no gateway and no alarms: those stand in the template's own tests.
/// </summary>
public sealed class StackTests(MotoServer moto) : IClassFixture<MotoServer>
{
    [Fact]
    public async Task The_stacks_are_created_with_all_that_is_in_them_and_torn_down_again_but_for_the_data()
    {
        moto.SkipIfMissing();
        await UploadAsync("functions.zip");
        await moto.AwsAsync(
            "cloudformation",
            "create-stack",
            "--stack-name",
            "nq-tables",
            "--template-body",
            "file://deploy/tables.template.json"
        );
        using var dynamoDB = moto.CreateDynamoDBClient();
        var token = TestContext.Current.CancellationToken;
        var commands = (await dynamoDB.DescribeTableAsync("command-records", token)).Table;
        Assert.Equal("NEW_AND_OLD_IMAGES", commands.StreamSpecification.StreamViewType.Value);
        Assert.Equal(
            ["campaign-index", "status-index", "transaction-index"],
            (await dynamoDB.DescribeTableAsync("notification-records", token))
                .Table.GlobalSecondaryIndexes.Select(index => index.IndexName)
                .Order()
        );
        var arn = (await dynamoDB.DescribeTableAsync("notification-records", token)).Table.TableArn;
        // As deploy.sh asks it.
        var asked = Regex
            .Match(await Repository.ReadAsync("deploy/deploy.sh"), "--query \"(Table\\.GlobalSecondaryIndexes[^\"]+)\"")
            .Groups[1]
            .Value;
        var keys = await moto.AwsAsync("dynamodb", "describe-table", "--table-name", "notification-records", "--query", asked);
        Assert.Equal(["status_key"], keys.EnumerateArray().Select(key => key.GetString()));
        var tags = (await dynamoDB.ListTagsOfResourceAsync(new() { ResourceArn = arn }, token)).Tags;
        Assert.Contains(
            tags,
            tag =>
                (tag.Key, tag.Value) == ("notifyquery-key-spread", new TableNames().KeySpread.Keys.ToString(CultureInfo.InvariantCulture))
        );

        await moto.AwsAsync(
            "cloudformation",
            "create-stack",
            "--stack-name",
            "nq",
            "--template-body",
            "file://deploy/stack.template.yaml",
            "--capabilities",
            "CAPABILITY_NAMED_IAM",
            "--parameters",
            "ParameterKey=ArtifactBucket,ParameterValue=nq-artifacts",
            "ParameterKey=ArtifactKey,ParameterValue=functions.zip",
            $"ParameterKey=CommandRecordsStream,ParameterValue={commands.LatestStreamArn}",
            "ParameterKey=QueryTableKeySpread,ParameterValue=16"
        );

        var functions = (await moto.AwsAsync("lambda", "list-functions"))
            .GetProperty("Functions")
            .EnumerateArray()
            .ToDictionary(f => f.GetProperty("FunctionName").GetString()!);
        Assert.Equal(["nq-Query", "nq-QueryResult", "nq-StreamProcessor"], functions.Keys.Order());
        Assert.All(functions.Values, function => Assert.Equal("provided.al2023", function.GetProperty("Runtime").GetString()));
        Assert.Equal(3, functions.Values.Select(function => function.GetProperty("Role").GetString()).Distinct().Count());
        Assert.Equal("query-result", functions["nq-QueryResult"].GetProperty("Handler").GetString());

        var mapping = Assert.Single(
            (await moto.AwsAsync("lambda", "list-event-source-mappings")).GetProperty("EventSourceMappings").EnumerateArray()
        );
        Assert.Equal(commands.LatestStreamArn, mapping.GetProperty("EventSourceArn").GetString());
        Assert.Equal("TRIM_HORIZON", mapping.GetProperty("StartingPosition").GetString());
        Assert.Equal("ReportBatchItemFailures", mapping.GetProperty("FunctionResponseTypes")[0].GetString());
        Assert.True(mapping.GetProperty("BisectBatchOnFunctionError").GetBoolean());
        Assert.EndsWith(
            ":nq-given-up",
            mapping.GetProperty("DestinationConfig").GetProperty("OnFailure").GetProperty("Destination").GetString(),
            StringComparison.Ordinal
        );

        var roles = (await moto.AwsAsync("iam", "list-roles"))
            .GetProperty("Roles")
            .EnumerateArray()
            .Select(role => role.GetProperty("RoleName").GetString()!)
            .ToList();
        Assert.Equal(4, roles.Count(role => role.StartsWith("nq-", StringComparison.Ordinal)));
        Assert.Equal(
            ["/aws/lambda/nq-Query", "/aws/lambda/nq-QueryResult", "/aws/lambda/nq-StreamProcessor", "/aws/vendedlogs/nq-gateway"],
            (await moto.AwsAsync("logs", "describe-log-groups"))
                .GetProperty("logGroups")
                .EnumerateArray()
                .Select(group => group.GetProperty("logGroupName").GetString()!)
                .Order()
        );

        await moto.AwsAsync("cloudformation", "delete-stack", "--stack-name", "nq");

        Assert.Empty((await moto.AwsAsync("lambda", "list-functions")).GetProperty("Functions").EnumerateArray());
        Assert.Equal(4, (await dynamoDB.ListTablesAsync(token)).TableNames.Count);
    }

    private async Task UploadAsync(string key)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("notifyquery-").FullName, key);
        try
        {
            await using (var zip = await ZipFile.OpenAsync(file, ZipArchiveMode.Create, TestContext.Current.CancellationToken))
                zip.CreateEntry("bootstrap");
            await moto.AwsAsync("s3api", "create-bucket", "--bucket", "nq-artifacts");
            await moto.AwsAsync("s3api", "put-object", "--bucket", "nq-artifacts", "--key", key, "--body", file);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }
}
