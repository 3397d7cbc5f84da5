using System.Security.Cryptography;
using System.Text;

namespace NotifyQuery.Tests.Deploy;

/// <summary>What deploy/deploy.sh does in which order, and what it does when something goes wrong. The AWS CLI, kubectl and dotnet are played.</summary>
public sealed class DeployScriptTests : IDisposable
{
    private const string Stack = "aws cloudformation deploy --stack-name nq --template-file deploy/stack.template.yaml --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset --parameter-overrides";
    private const string Stream = "arn:aws:dynamodb:us-east-1:123456789012:table/command-records/stream/1";
    private const string CheckStream = "dotnet run --project NotifyQuery.Tools -c Release -- check-stream --endpoint aws --allow-writes";
    private const string CheckApi = "dotnet run --project NotifyQuery.Tools -c Release -- check-api --endpoint aws --gateway https://gw.example.com";

    /// <summary>An account that has the stack; <c>functions-arm64-b.zip</c> runs there.</summary>
    private const string Deployed = $"""
        *ParameterKey==\'ArtifactKey\'*) echo functions-arm64-b.zip ;;
        *OutputKey==\'GatewayUrl\'*) echo https://gw.example.com ;;
        *OutputKey==\'QueryResultFunction\'*) echo nq-QueryResult ;;
        *ParameterKey==\'QueryTable\'*) echo notification-records ;;
        *LatestStreamArn*) echo {Stream} ;;
        *list-objects-v2*) printf '%s\t%s\n' 2026-11-25 functions-arm64-c.zip 2026-11-24 functions-arm64-b.zip 2026-11-23 functions-arm64-a.zip ;;
        """;

    private static readonly string Key = $"functions-arm64-{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("a zip")))[..16]}.zip";

    private readonly DeployScript script = new();

    public void Dispose() => script.Dispose();

    [Fact]
    public async Task The_first_deployment_lints_makes_the_bucket_the_tables_and_the_stack_and_asks_the_system()
    {
        var result = await script.RunAsync($$"""
            *describe-stacks\ --stack-name\ nq) exit 255 ;;
            *head-bucket*) exit 255 ;;
            {{Deployed}}
            """, "deploy", "EksCluster=main");

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(
        [
            "cfn-lint deploy/tables.template.json deploy/stack.template.yaml",
            "aws s3 mb s3://zips",
            "aws s3api put-public-access-block --bucket zips --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
            $"aws s3 cp --only-show-errors {script.PathOf("functions.zip")} s3://zips/{Key}",
            "aws cloudformation deploy --stack-name nq-tables --template-file deploy/tables.template.json --no-fail-on-empty-changeset",
            $"{Stack} ArtifactBucket=zips ArtifactKey={Key} Architecture=arm64 CommandRecordsStream={Stream} EksCluster=main",
            CheckStream,
            CheckApi,
        ], script.Changes);
    }

    [Fact]
    public async Task A_smoke_test_that_fails_takes_the_functions_back_to_the_former_zip_and_its_architecture()
    {
        var result = await script.RunAsync($"""
            *ParameterKey==\'ArtifactKey\'*) echo functions-x86_64-b.zip ;;
            {Deployed}
            *check-api*) exit 1 ;;
            """, "deploy");

        Assert.Equal((1, "deploy.sh: the smoke test failed\n"), (result.ExitCode, result.Errors));
        Assert.Equal([CheckStream, CheckApi, $"{Stack} ArtifactKey=functions-x86_64-b.zip Architecture=x86_64"], script.Changes.TakeLast(3));
    }

    [Fact]
    public async Task A_smoke_test_that_fails_after_the_first_deployment_changes_nothing_more()
    {
        var result = await script.RunAsync($"""
            *describe-stacks\ --stack-name\ nq) exit 255 ;;
            {Deployed}
            *check-stream*) exit 3 ;;
            """, "deploy");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(CheckStream, script.Changes[^1]);
    }

    [Theory]
    [InlineData("cfn-lint*) exit 2 ;;", "cfn-lint")]
    [InlineData("*\"s3 cp\"*) exit 1 ;;", "aws s3 cp")]
    [InlineData("*nq-tables*) exit 255 ;;", "aws cloudformation deploy --stack-name nq-tables")]
    [InlineData("*\"deploy --stack-name nq \"*) exit 255 ;;", "aws cloudformation deploy --stack-name nq ")]
    public async Task A_deployment_ends_where_something_fails(string failure, string last)
    {
        var result = await script.RunAsync($"{failure}\n{Deployed}", "deploy");

        Assert.NotEqual(0, result.ExitCode);
        Assert.StartsWith(last, script.Changes[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Versions_marks_the_zip_that_runs()
    {
        var result = await script.RunAsync(Deployed, "versions");

        Assert.Equal("  2026-11-25 functions-arm64-c.zip\n* 2026-11-24 functions-arm64-b.zip\n  2026-11-23 functions-arm64-a.zip\n", result.Output);
    }

    [Theory]
    [InlineData("ArtifactKey=functions-arm64-a.zip Architecture=arm64")]
    [InlineData("ArtifactKey=functions-x86_64-z.zip Architecture=x86_64", "functions-x86_64-z.zip")]
    public async Task Rollback_runs_the_zip_before_the_one_that_runs_or_the_one_that_is_named(string parameters, params string[] key)
    {
        var result = await script.RunAsync(Deployed, ["rollback", .. key]);

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal([$"{Stack} {parameters}"], script.Changes);
    }

    [Fact]
    public async Task A_query_table_is_exchanged_step_by_step()
    {
        var made = await script.RunAsync(Deployed, "next-table", "notification-records-2");
        Assert.True(made.ExitCode == 0, made.Errors);
        Assert.StartsWith("aws cloudformation deploy --stack-name nq-notification-records-2 --template-file ", script.Changes[0], StringComparison.Ordinal);
        Assert.Equal([$"{Stack} NextQueryTable=notification-records-2 ServedQueryTable=current"], script.Changes.Skip(1));

        Assert.Equal([$"{Stack} ServedQueryTable=next"], await ChangesAsync(next: "notification-records-2", served: "current", "serve", "next"));
        Assert.Equal([$"{Stack} ServedQueryTable=current"], await ChangesAsync(next: "notification-records-2", served: "next", "serve", "current"));
        Assert.Equal([$"{Stack} QueryTable=notification-records-2 ServedQueryTable=current"], await ChangesAsync(next: "notification-records-2", served: "next", "promote"));
        Assert.Equal([$"{Stack} NextQueryTable="], await ChangesAsync(next: "notification-records", served: "current", "finish"));

        async Task<IReadOnlyList<string>> ChangesAsync(string next, string served, params string[] command)
        {
            var result = await script.RunAsync($"*ParameterKey==\\'NextQueryTable\\'*) echo {next} ;;\n*ParameterKey==\\'ServedQueryTable\\'*) echo {served} ;;\n{Deployed}", command);
            Assert.True(result.ExitCode == 0, result.Errors);
            return script.Changes;
        }
    }

    [Theory]
    [InlineData("", "current", "there is no next table: deploy.sh next-table <table>", "serve", "next")]
    [InlineData("", "current", "serve needs current or next", "serve", "both")]
    [InlineData("", "current", "there is no next table: deploy.sh next-table <table>", "promote")]
    [InlineData("two", "current", "two is not read yet: deploy.sh serve next", "promote")]
    [InlineData("", "current", "there is nothing to finish", "finish")]
    [InlineData("two", "next", "the next table is not the current one yet: deploy.sh promote", "finish")]
    [InlineData("", "current", "notification-records is the current query table", "next-table", "notification-records")]
    [InlineData("", "current", "next-table needs the new table's name, such as notification-records-2", "next-table", "a b")]
    [InlineData("", "current", "'other.zip' is no zip of the functions: name one of 'deploy.sh versions'", "rollback", "other.zip")]
    [InlineData("", "current", "handler needs an overlay: dev or prod", "handler", "test", "image")]
    [InlineData("", "current", "handler needs the image, such as <registry>/notifyquery-handler:0.1.0", "handler", "dev")]
    [InlineData("", "current", "destroy knows --with-data only", "destroy", "--all")]
    [InlineData("", "current", "there is no command 'deply'", "deply")]
    public async Task A_step_that_is_not_due_is_refused_with_the_cure_and_nothing_is_changed(string next, string served, string cure, params string[] command)
    {
        var result = await script.RunAsync($"*ParameterKey==\\'NextQueryTable\\'*) echo {next} ;;\n*ParameterKey==\\'ServedQueryTable\\'*) echo {served} ;;\n{Deployed}", command);

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith($"deploy.sh: {cure}\n", result.Errors, StringComparison.Ordinal);
        Assert.Empty(script.Changes);
    }

    [Fact]
    public async Task Without_an_older_zip_rollback_says_so()
    {
        var result = await script.RunAsync($"*list-objects-v2*) printf '%s\\t%s\\n' 2026-11-24 functions-arm64-b.zip ;;\n{Deployed}", "rollback");

        Assert.Equal((1, "deploy.sh: there is no zip older than functions-arm64-b.zip: name one of 'deploy.sh versions'\n"), (result.ExitCode, result.Errors));
        Assert.Empty(script.Changes);
    }

    [Theory]
    [InlineData("", "kubectl -n notifyquery create secret generic handler-cursor")] // the first time
    [InlineData("*\"get secret handler-cursor\"*) echo there ;;", null)] // made once, and kept
    public async Task The_Handler_is_applied_with_its_image_its_settings_and_a_cursor_key_that_is_made_once(string secret, string? made)
    {
        var result = await script.RunAsync($$"""
            {{(secret.Length == 0 ? "*\"get secret\"*) exit 1 ;;" : secret)}}
            *"get service"*) echo lb.internal ;;
            *kustomize*) cat deploy/eks/base/deployment.yaml ;;
            *configmap*) printf '%s\n' "$@" ;;
            {{Deployed}}
            """, "handler", "prod", "registry.example.com/handler:7");

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("image: registry.example.com/handler:7\n", script.Applied, StringComparison.Ordinal);
        Assert.Contains("--from-literal=QueryResult__FunctionName=nq-QueryResult\n", script.Applied, StringComparison.Ordinal);
        Assert.Contains("--from-literal=Access__Required=true\n", script.Applied, StringComparison.Ordinal);
        Assert.Equal(made is null ? 0 : 1, script.Changes.Count(call => call.StartsWith("kubectl -n notifyquery create secret generic handler-cursor", StringComparison.Ordinal)));
        Assert.Contains("kubectl kustomize deploy/eks/overlays/prod", script.Calls);
        Assert.Equal("kubectl -n notifyquery rollout status deployment/handler --timeout=5m", script.Changes[^1]);
        Assert.EndsWith("deploy/deploy.sh deploy HandlerBaseAddress=http://lb.internal HandlerSubnets=... HandlerSecurityGroup=...\n", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aws*) exit 255 ;;")] // there is no stack, or no account
    [InlineData("*QueryResultFunction*) exit 255 ;;")]
    public async Task Nothing_is_applied_to_the_cluster_while_the_stack_does_not_answer(string failure)
    {
        var result = await script.RunAsync($"{failure}\n{Deployed}", "handler", "dev", "image");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Empty(script.Changes);
    }

    [Fact]
    public async Task A_load_balancer_that_has_no_address_yet_is_told()
    {
        var result = await script.RunAsync($"*kustomize*) cat deploy/eks/base/deployment.yaml ;;\n{Deployed}", "handler", "dev", "image");

        Assert.Equal((1, "deploy.sh: the load balancer has no address yet: the same command again tells it in a few minutes\n"), (result.ExitCode, result.Errors));
    }

    [Fact]
    public async Task The_functions_are_built_for_another_architecture_by_its_linker_and_the_image_by_the_SDK()
    {
        foreach (var tool in (string[])["clang", "aarch64-linux-gnu-gcc"]) File.Copy(script.PathOf("bin/zip"), script.PathOf($"bin/{tool}"));
        const string Answers = """
            uname*) echo x86_64 ;;
            *"publish NotifyQuery.Lambdas"*) echo native > artifacts/arm64/publish/NotifyQuery.Lambdas ;;
            zip*) echo zipped > functions.zip ;;
            """;

        var built = await script.RunAsync(Answers, "build");
        Assert.True(built.ExitCode == 0, built.Errors);
        Assert.Equal(
            ["dotnet publish NotifyQuery.Lambdas -c Release -r linux-arm64 -p:ObjCopyName=aarch64-linux-gnu-objcopy -o artifacts/arm64/publish", "zip -q -9 -X functions.zip bootstrap"],
            script.Changes);
        Assert.Equal("native\n", await File.ReadAllTextAsync(script.PathOf("artifacts/arm64/bootstrap"), TestContext.Current.CancellationToken));

        var image = await script.RunAsync(Answers, "image");
        Assert.True(image.ExitCode == 0, image.Errors);
        Assert.StartsWith("dotnet publish NotifyQuery.Handler -c Release -r linux-arm64 --self-contained false -t:PublishContainer ", Assert.Single(script.Changes), StringComparison.Ordinal);
        Assert.EndsWith("/artifacts/handler-arm64.tar.gz", script.Changes[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Destroy_leaves_the_data_unless_it_is_told_to_take_them()
    {
        var kept = await script.RunAsync(Deployed, "destroy");

        Assert.True(kept.ExitCode == 0, kept.Errors);
        Assert.Equal(["aws cloudformation delete-stack --stack-name nq", "aws cloudformation wait stack-delete-complete --stack-name nq"], script.Changes);
    }

    [Fact]
    public async Task Destroy_with_the_data_takes_every_query_table_too_and_goes_on_where_it_was_stopped()
    {
        // stream-checkpoints is gone already: a destroy before this one was stopped there.
        var result = await script.RunAsync(
            $"*ParameterKey==\\'QueryTable\\'*) echo notification-records-2 ;;\n*\"describe-table --table-name stream-checkpoints\"*) exit 255 ;;\n{Deployed}", "destroy", "--with-data");

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(
            ["command-records", "notification-records", "projection-failures", "notification-records-2"],
            script.Changes.Where(call => call.Contains(" delete-table ", StringComparison.Ordinal)).Select(call => call.Split(' ')[^1]));
        Assert.All(
            script.Changes.Select((call, place) => (call, place)).Where(change => change.call.Contains(" delete-table ", StringComparison.Ordinal)),
            change => Assert.EndsWith($"update-table --table-name {change.call.Split(' ')[^1]} --no-deletion-protection-enabled", script.Changes[change.place - 2], StringComparison.Ordinal));
        Assert.Equal(
            ["nq", "nq-notification-records-2", "nq-tables"],
            script.Changes.Where(call => call.Contains(" delete-stack ", StringComparison.Ordinal)).Select(call => call.Split(' ')[^1]));
        Assert.Equal("aws s3 rb --force s3://zips", script.Changes[^1]);
    }
}
