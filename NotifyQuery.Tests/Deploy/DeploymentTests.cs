using NotifyQuery.DynamoDB.Tables;
using static NotifyQuery.Tests.Deploy.DeployedAccount;

namespace NotifyQuery.Tests.Deploy;

/// <summary>
/// What deploy.sh deploy does in which order, and where it ends when something is missing. The AWS CLI, kubectl and dotnet are played.
/// </summary>
public sealed class DeploymentTests : IDisposable
{
    private const string Stream = DeployedAccount.Stream; // the name alone could also be System.IO's
    private const string Bucket = "--bucket zips --expected-bucket-owner 123456789012";

    private static readonly string New = DigestOf("a zip");
    private static readonly string Key = $"functions-arm64-{New}.zip";

    private readonly DeployScript script = new();

    public void Dispose() => script.Dispose();

    [Fact]
    public async Task The_first_deployment_lints_makes_the_bucket_the_tables_and_the_stack_and_asks_the_system()
    {
        var result = await script.RunAsync(
            $"""
            {NoStack}
            *head-bucket*) echo 'An error occurred (404) when calling the HeadBucket operation: Not Found' >&2; exit 254 ;;
            {Deployed}
            """,
            "deploy",
            "EksCluster=main"
        );

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(
            [
                "cfn-lint deploy/tables.template.json deploy/stack.template.yaml",
                "aws s3api create-bucket --bucket zips",
                $"aws s3api put-public-access-block {Bucket} --public-access-block-configuration "
                    + $"BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
                $"aws s3api put-bucket-versioning {Bucket} --versioning-configuration Status=Enabled",
                $"aws s3api put-object {Bucket} --key {Key} --body {script.PathOf("functions.zip")} --tagging notifyquery=nq --query "
                    + $"VersionId --output text",
                "aws cloudformation deploy --stack-name nq-tables --template-file deploy/tables.template.json "
                    + "--no-fail-on-empty-changeset --tags notifyquery=nq",
                $"{Stack} ArtifactBucket=zips ArtifactKey={Key} ArtifactVersion=v2 Architecture=arm64 CommandRecordsStream={Stream} "
                    + $"QueryTableKeySpread=16 EksCluster=main",
                CheckStream,
                CheckApi,
            ],
            script.Changes
        );
    }

    /// <summary>
    /// The keys of a table's indexes cannot be changed in place, and this version's functions must not run a moment without knowing them.
    /// </summary>
    [Fact]
    public async Task A_query_table_from_before_keys_were_spread_keeps_its_keys_and_the_functions_are_told_so_before_they_are_exchanged()
    {
        var result = await script.RunAsync(
            $"""
            *get-template*) jq 'del(.Parameters) | .Resources.NotificationRecords.Properties |= (del(.Tags) | (.. | strings) |= sub("campaign_key"; "campaign_id") | (.. | strings) |= sub("status_key"; "status_day"))' deploy/tables.template.json ;;
            *IndexName==\'status-index\'*) echo status_day ;;
            {Deployed}
            """,
            "deploy"
        );

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(
            [
                "aws cloudformation deploy --stack-name nq-tables --template-file artifacts/tables.template.json "
                    + "--no-fail-on-empty-changeset --tags notifyquery=nq",
                $"{Stack} QueryTableKeySpread=0",
                $"{Stack} ArtifactBucket=zips ArtifactKey={Key} ArtifactVersion=v2 Architecture=arm64 CommandRecordsStream={Stream} "
                    + $"QueryTableKeySpread=0",
                CheckStream,
                CheckApi,
            ],
            script.Changes.Skip(2)
        );
        var kept = await File.ReadAllTextAsync(script.PathOf("artifacts/tables.template.json"), TestContext.Current.CancellationToken);
        Assert.Equal(
            ["command-records", "notification-records", "projection-failures", "stream-checkpoints"],
            TablesTemplate.Read(kept).Select(table => table.Name)
        );
        Assert.Contains("status_day", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("status_key", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameters", kept, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_table_that_does_not_say_how_its_keys_are_spread_ends_the_deployment_before_the_functions_are_touched()
    {
        var result = await script.RunAsync($"*list-tags-of-resource*) echo None ;;\n{Deployed}", "deploy");

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith(
            "deploy.sh: the table notification-records has no valid tag notifyquery-key-spread (the number of keys over which it "
                + "spreads a campaign): set the tag again\n",
            result.Errors,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(script.Changes, change => change.StartsWith(Stack, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("dotnet")]
    [InlineData("jq")]
    [InlineData("cfn-lint")]
    [InlineData("od")]
    public async Task A_tool_that_is_missing_is_reported_before_anything_is_changed(string tool)
    {
        script.Uninstall(tool);

        var result = await script.RunAsync(Deployed, "deploy");

        Assert.Equal((1, $"deploy.sh: {tool} is not installed (docs/deploy.md, Prerequisites)\n"), (result.ExitCode, result.Errors));
        Assert.Empty(script.Calls);
    }

    [Theory]
    [InlineData("cfn-lint*) exit 2 ;;", "cfn-lint")]
    [InlineData("*put-object*) exit 1 ;;", "aws s3api put-object")]
    [InlineData("*\"deploy --stack-name nq-tables\"*) exit 255 ;;", "aws cloudformation deploy --stack-name nq-tables")]
    [InlineData("*\"deploy --stack-name nq \"*) exit 255 ;;", "aws cloudformation deploy --stack-name nq ")]
    public async Task A_deployment_ends_where_something_fails(string failure, string last)
    {
        var result = await script.RunAsync($"{failure}\n{Deployed}", "deploy");

        Assert.NotEqual(0, result.ExitCode);
        Assert.StartsWith(last, script.Changes[^1], StringComparison.Ordinal);
    }
}
