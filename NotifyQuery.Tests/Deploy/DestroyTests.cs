namespace NotifyQuery.Tests.Deploy;

/// <summary>deploy.sh destroy takes what is the stack's own, and nothing else. The AWS CLI is played.</summary>
public sealed class DestroyTests : IDisposable
{
    private const string Own = "--bucket nq-123456789012-us-east-1 --expected-bucket-owner 123456789012";

    /// <summary>An account with this stack, and with tables and objects that are not the stack's.</summary>
    private const string Account = """
        *get-caller-identity*) echo 123456789012 ;;
        *ParameterKey==\'CommandRecordsStream\'*) echo arn:aws:dynamodb:us-east-1:123456789012:table/command-records/stream/1 ;;
        *LogicalResourceId==\'NotificationRecords\'*) echo NotificationRecords ;;
        *Tags*) printf 'nq-tables\nnq-notification-records-2\n' ;;
        *"list-stack-resources --stack-name nq-tables --output json") cat <<'END'
          {"StackResourceSummaries": [
            {"ResourceType": "AWS::DynamoDB::Table", "ResourceStatus": "CREATE_COMPLETE", "PhysicalResourceId": "command-records"},
            {"ResourceType": "AWS::DynamoDB::Table", "ResourceStatus": "UPDATE_COMPLETE", "PhysicalResourceId": "notification-records"},
            {"ResourceType": "AWS::DynamoDB::Table", "ResourceStatus": "CREATE_FAILED", "PhysicalResourceId": "projection-failures"},
            {"ResourceType": "AWS::SQS::Queue", "ResourceStatus": "CREATE_COMPLETE", "PhysicalResourceId": "a-queue"}]}
        END
          ;;
        *"list-stack-resources --stack-name nq-notification-records-2 --output json") cat <<'END'
          {"StackResourceSummaries": [{"ResourceType": "AWS::DynamoDB::Table", "ResourceStatus": "CREATE_COMPLETE", "PhysicalResourceId": "notification-records-2"}]}
        END
          ;;
        *list-object-versions*) cat <<'END'
          {"Versions": [
            {"Key": "functions-arm64-0123456789abcdef.zip", "VersionId": "v1"},
            {"Key": "functions-x86_64-0123456789abcdef.zip", "VersionId": "v2"},
            {"Key": "functions-arm64-fedcba9876543210.zip", "VersionId": "v3"},
            {"Key": "functions-report.csv", "VersionId": "v4"}],
           "DeleteMarkers": [{"Key": "functions-arm64-0123456789abcdef.zip", "VersionId": "v5"}]}
        END
          ;;
        *get-object-tagging*fedcba9876543210*) echo another ;;
        """;

    private readonly DeployScript script = new();

    public DestroyTests() => script.Environment["NOTIFYQUERY_BUCKET"] = ""; // the stack's own

    public void Dispose() => script.Dispose();

    [Fact]
    public async Task The_data_stay_unless_they_are_named()
    {
        var kept = await script.RunAsync(Account, "destroy", "--yes");

        Assert.True(kept.ExitCode == 0, kept.Errors);
        Assert.Equal(
            ["aws cloudformation delete-stack --stack-name nq", "aws cloudformation wait stack-delete-complete --stack-name nq"],
            script.Changes
        );
    }

    [Fact]
    public async Task The_tables_and_zips_that_are_the_stacks_own_are_deleted_and_no_others()
    {
        var result = await script.RunAsync(Account, "destroy", "--with-data", "--yes");

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(["command-records", "notification-records", "notification-records-2"], Deleted("delete-table"));
        Assert.Equal(["nq", "nq-tables", "nq-notification-records-2"], Deleted("delete-stack"));
        Assert.Equal(["v1", "v2", "v5"], Deleted("delete-object"));
        Assert.Equal($"aws s3api delete-bucket {Own}", script.Changes[^1]);
        Assert.DoesNotContain(script.Calls, call => call.Contains("--force", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_table_is_unprotected_just_before_it_is_deleted()
    {
        await script.RunAsync(Account, "destroy", "--with-data", "--yes");

        Assert.All(
            script
                .Changes.Select((call, place) => (call, place))
                .Where(change => change.call.Contains(" delete-table ", StringComparison.Ordinal)),
            change =>
                Assert.EndsWith(
                    $"update-table --table-name {change.call.Split(' ')[^1]} --no-deletion-protection-enabled",
                    script.Changes[change.place - 2],
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public async Task A_stack_without_tables_takes_none_of_another_stacks()
    {
        script.Environment["NOTIFYQUERY_STACK"] = "scratch";

        var result = await script.RunAsync(
            $"""
            *"describe-stacks --stack-name scratch"*) echo 'Stack with id scratch does not exist' >&2; exit 254 ;;
            *Tags*) ;;
            *head-bucket*) echo 'An error occurred (404) when calling the HeadBucket operation: Not Found' >&2; exit 254 ;;
            {Account}
            """,
            "destroy",
            "--with-data",
            "--yes"
        );

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(
            ["aws cloudformation delete-stack --stack-name scratch", "aws cloudformation wait stack-delete-complete --stack-name scratch"],
            script.Changes
        );
    }

    [Fact]
    public async Task A_bucket_that_is_not_the_stacks_own_stays()
    {
        script.Environment["NOTIFYQUERY_BUCKET"] = "company-artifacts";

        var result = await script.RunAsync(
            $"*get-object-tagging*functions-x86_64*) echo nq ;;\n{Account}",
            "destroy",
            "--with-data",
            "--yes"
        );

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(["v2"], Deleted("delete-object")); // what has no tag may be another stack's
        Assert.DoesNotContain(
            script.Calls,
            call => call.Contains("delete-bucket", StringComparison.Ordinal) || call.Contains(" rb ", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("yes", false)]
    [InlineData("nq-tables", false)]
    [InlineData("nq", true)]
    public async Task The_stacks_name_must_be_typed(string answer, bool goesOn)
    {
        script.Input = answer;

        var result = await script.RunAsync(Account, "destroy", "--with-data");

        Assert.Equal(goesOn ? 0 : 1, result.ExitCode);
        Assert.Equal(goesOn, script.Changes.Count > 0);
        if (!goesOn)
            Assert.EndsWith($"nothing was deleted: the answer is not 'nq'\n", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*ParameterKey==\\'CommandRecordsStream\\'*) ;;", "the stack nq is not one of NotifyQuery's")]
    [InlineData("*LogicalResourceId==\\'NotificationRecords\\'*) ;;", "the stack nq-tables is not one of NotifyQuery's")]
    [InlineData("*\"describe-stacks --stack-name nq\") echo Throttling >&2; exit 254 ;;", "the stack nq cannot be checked: Throttling")]
    [InlineData(
        "*\"describe-stacks --stack-name nq-tables\") echo Throttling >&2; exit 254 ;;",
        "the stack nq-tables cannot be checked: Throttling"
    )]
    [InlineData("*Tags*) echo Throttling >&2; exit 254 ;;", "Throttling")]
    [InlineData("*list-stack-resources*json) echo Throttling >&2; exit 254 ;;", "Throttling")]
    [InlineData("*list-object-versions*) echo Throttling >&2; exit 254 ;;", "Throttling")]
    [InlineData("*get-object-tagging*) echo Throttling >&2; exit 254 ;;", "Throttling")]
    [InlineData("*head-bucket*) echo 'An error occurred (403)' >&2; exit 254 ;;", "belongs to another account")]
    public async Task Nothing_is_deleted_of_a_stack_that_something_else_made_or_while_it_is_not_known_what_is_its_own(
        string answer,
        string problem
    )
    {
        var result = await script.RunAsync($"{answer}\n{Account}", "destroy", "--with-data", "--yes");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(problem, result.Errors, StringComparison.Ordinal);
        Assert.Empty(script.Changes);
    }

    [Fact]
    public async Task A_destroy_that_was_stopped_goes_on_where_it_was()
    {
        var result = await script.RunAsync(
            $"""
            *"describe-stacks --stack-name nq") echo 'Stack with id nq does not exist' >&2; exit 254 ;;
            *"describe-table --table-name command-records") echo ResourceNotFoundException >&2; exit 254 ;;
            {Account}
            """,
            "destroy",
            "--with-data",
            "--yes"
        );

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(["notification-records", "notification-records-2"], Deleted("delete-table"));
        Assert.Equal(["nq", "nq-tables", "nq-notification-records-2"], Deleted("delete-stack"));
    }

    private IEnumerable<string> Deleted(string operation) =>
        script.Changes.Where(call => call.Contains($" {operation} ", StringComparison.Ordinal)).Select(call => call.Split(' ')[^1]);
}
