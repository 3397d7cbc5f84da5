using static NotifyQuery.Tests.Deploy.AttackedAccount;

namespace NotifyQuery.Tests.Deploy;

/// <summary>Whose bucket, and which zip: deploy.sh takes nothing for granted. The programs it calls are played.</summary>
public sealed class BucketAttackTests : IDisposable
{
    private readonly DeployScript script = new();

    public void Dispose() => script.Dispose();

    [Fact]
    public async Task Each_call_to_the_bucket_names_the_account_that_must_own_it()
    {
        await script.RunAsync(Account, "deploy");
        var calls = script.Calls.ToList();
        await script.RunAsync(Account, "rollback", $"functions-arm64-{Digest}.zip");
        calls.AddRange(script.Calls);

        calls.RemoveAll(call => !call.StartsWith("aws s3", StringComparison.Ordinal));
        Assert.Contains(calls, call => call.Contains("put-object", StringComparison.Ordinal));
        Assert.Contains(calls, call => call.Contains("get-object", StringComparison.Ordinal));
        Assert.All(calls, call => Assert.Contains("--expected-bucket-owner 123456789012", call, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(
        "*head-bucket*) echo 'An error occurred (403) when calling the HeadBucket operation: Forbidden' >&2; exit 254 ;;",
        "the bucket zips belongs to another account"
    )]
    [InlineData("*head-bucket*) echo 'Could not connect' >&2; exit 254 ;;", "the bucket zips cannot be checked: Could not connect")]
    [InlineData("*get-public-access-block*) echo True True False True ;;", "the bucket zips may be public")]
    [InlineData("*get-public-access-block*) exit 254 ;;", "the bucket zips may be public")]
    [InlineData("*get-bucket-versioning*) echo Suspended ;;", "the bucket zips has no versioning")]
    [InlineData("*ParameterKey==\\'CommandRecordsStream\\'*) ;;", "the stack nq is not one of NotifyQuery's")]
    public async Task Nothing_is_uploaded_to_another_owners_bucket_or_an_open_one_or_for_another_owners_stack(string answer, string problem)
    {
        var result = await script.RunAsync($"{answer}\n{Account}", "deploy");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(problem, result.Errors, StringComparison.Ordinal);
        Assert.Equal(["cfn-lint deploy/tables.template.json deploy/stack.template.yaml"], script.Changes);
    }

    [Fact]
    public async Task The_stacks_own_bucket_is_closed_and_versioned_at_each_deployment()
    {
        script.Environment["NOTIFYQUERY_BUCKET"] = "";

        await script.RunAsync(Account, "deploy");

        Assert.Contains(
            script.Changes,
            call => call.Contains("put-public-access-block --bucket nq-123456789012-us-east-1", StringComparison.Ordinal)
        );
        Assert.Contains(
            script.Changes,
            call => call.Contains("put-bucket-versioning --bucket nq-123456789012-us-east-1", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_function_that_does_not_run_what_was_uploaded_fails_the_deployment()
    {
        var result = await script.RunAsync($"*get-function-configuration*nq-Query\\ *) echo AAAA ;;\n{Account}", "deploy");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"nq-Query does not run the zip with the digest {Digest}", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(script.Changes, call => call.Contains("check-stream", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_zip_that_was_exchanged_in_the_bucket_is_not_run()
    {
        var result = await script.RunAsync(
            $"*get-object\\ *) printf 'another zip' >\"${{@: -1}}\" ;;\n{Account}",
            "rollback",
            $"functions-arm64-{Digest}.zip"
        );

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("somebody replaced it, so it is not run", result.Errors, StringComparison.Ordinal);
        Assert.Empty(script.Changes);
    }

    [Theory]
    [InlineData("*get-public-access-block*) echo True True False True ;;", "the bucket zips may be public")]
    [InlineData("*get-bucket-versioning*) echo Suspended ;;", "the bucket zips has no versioning")]
    public async Task No_zip_of_an_open_bucket_is_gone_back_to(string answer, string problem)
    {
        var result = await script.RunAsync($"{answer}\n{Account}", "rollback", $"functions-arm64-{Digest}.zip");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(problem, result.Errors, StringComparison.Ordinal);
        Assert.Empty(script.Changes);
    }
}
