using System.Security.Cryptography;
using System.Text;
using NotifyQuery.DynamoDB.Tables;

namespace NotifyQuery.Tests.Deploy;

/// <summary>
/// What deploy/deploy.sh does in which order, and what it does when something goes wrong. The AWS CLI, kubectl and dotnet are played.
/// </summary>
public sealed class DeployScriptTests : IDisposable
{
    private const string Stack =
        "aws cloudformation deploy --stack-name nq --template-file deploy/stack.template.yaml --capabilities CAPABILITY_NAMED_IAM "
        + "--no-fail-on-empty-changeset --parameter-overrides";
    private const string Stream = "arn:aws:dynamodb:us-east-1:123456789012:table/command-records/stream/1";
    private const string CheckStream = "dotnet run --project NotifyQuery.Tools -c Release -- check-stream --endpoint aws --allow-writes";
    private const string CheckApi =
        "dotnet run --project NotifyQuery.Tools -c Release -- check-api --endpoint aws --gateway https://gw.example.com";

    private const string Bucket = "--bucket zips --expected-bucket-owner 123456789012";
    private const string NoStack = "*describe-stacks\\ --stack-name\\ nq) echo 'Stack with id nq does not exist' >&2; exit 254 ;;";

    private static readonly string New = DigestOf("a zip");
    private static readonly string Former = DigestOf("the former zip");
    private static readonly string Older = DigestOf("an older zip");
    private static readonly string Key = $"functions-arm64-{New}.zip";

    /// <summary>
    /// An account that has the stack; the former zip runs there. A zip is what its name says, and the functions run what the stack was
    /// last told.
    /// </summary>
    private static readonly string Deployed = $$"""
        *get-caller-identity*) echo 123456789012 ;;
        *ParameterKey==\'ArtifactKey\'*) echo functions-arm64-{{Former}}.zip ;;
        *ParameterKey==\'CommandRecordsStream\'*) echo {{Stream}} ;;
        *ParameterKey==\'JwtIssuer\'*) echo https://issuer.example.com ;;
        *ParameterKey==\'JwtAudience\'*) echo notifyquery ;;
        *ParameterKey==\'JwtAudienceClaim\'*) echo aud ;;
        *ParameterKey==\'JwtSubjectClaim\'*) echo sub ;;
        *ParameterKey==\'JwtScopeClaims\'*) echo scope,scp ;;
        curl*) echo '{"issuer":"https://issuer.example.com"}' ;;
        *OutputKey==\'GatewayUrl\'*) echo https://gw.example.com ;;
        *OutputKey==\'QueryResultFunction\'*) echo nq-QueryResult ;;
        *ParameterKey==\'QueryTable\'*) echo notification-records ;;
        *ParameterKey==\'NextQueryTableKeySpread\'*) echo 32 ;;
        *LatestStreamArn*) echo {{Stream}} ;;
        *get-template\ --stack-name\ nq-tables*) cat deploy/tables.template.json ;;
        *IndexName==\'status-index\'*) echo status_key ;;
        *list-tags-of-resource*) echo 16 ;;
        *LogicalResourceId==\'NotificationRecords\'*) echo NotificationRecords ;;
        *get-public-access-block*) echo True True True True ;;
        *get-bucket-versioning*) echo Enabled ;;
        *put-object*) echo v2 ;;
        *head-object*) echo v1 ;;
        *get-object\ *{{Former}}*) printf 'the former zip' >"${@: -1}" ;;
        *get-object\ *{{Older}}*) printf 'an older zip' >"${@: -1}" ;;
        *get-function-configuration*) printf "$(grep -o 'ArtifactKey=functions-[a-z0-9_]*-[0-9a-f]*' "$PLAY/calls" | tail -n 1 | sed 's/.*-//; s/../\\x&/g')" | base64 ;;
        *list-objects-v2*) printf '%s\t%s\n' 2026-11-25 functions-arm64-c.zip 2026-11-24 functions-arm64-{{Former}}.zip 2026-11-23 functions-arm64-{{Older}}.zip ;;
        """;

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
            "deploy.sh: the table notification-records does not say over how many keys it spreads a campaign: give it the tag "
                + "notifyquery-key-spread again\n",
            result.Errors,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(script.Changes, change => change.StartsWith(Stack, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_smoke_test_that_fails_takes_the_functions_back_to_the_former_zip_and_its_architecture()
    {
        var result = await script.RunAsync(
            $"""
            *ParameterKey==\'ArtifactKey\'*) echo functions-x86_64-{Former}.zip ;;
            {Deployed}
            *check-api*) exit 1 ;;
            """,
            "deploy"
        );

        Assert.Equal((1, "deploy.sh: the smoke test failed\n"), (result.ExitCode, result.Errors));
        Assert.Equal([CheckStream, CheckApi, $"{Stack} {Parameters("x86_64", Former)}"], script.Changes.TakeLast(3));
    }

    [Theory]
    [InlineData("")]
    [InlineData("None")]
    [InlineData("http://gw.example.com")] // a token would go in clear text
    public async Task A_smoke_test_without_an_address_does_not_pass(string address)
    {
        var deployed = await script.RunAsync($"*OutputKey==\\'GatewayUrl\\'*) echo {address} ;;\n{Deployed}", "deploy");

        Assert.Equal(1, deployed.ExitCode);
        Assert.Contains(
            $"the stack nq does not say where its gateway is (GatewayUrl is '{address}')",
            deployed.Errors,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(script.Changes, call => call.StartsWith("dotnet run", StringComparison.Ordinal));
        Assert.Equal($"{Stack} {Parameters("arm64", Former)}", script.Changes[^1]); // it went back

        var asked = await script.RunAsync($"*OutputKey==\\'GatewayUrl\\'*) echo {address} ;;\n{Deployed}", "smoke");
        Assert.Equal(1, asked.ExitCode);
    }

    [Fact]
    public async Task A_stack_that_cannot_be_asked_for_its_address_takes_the_deployment_back()
    {
        var result = await script.RunAsync($"*OutputKey==\\'GatewayUrl\\'*) exit 254 ;;\n{Deployed}", "deploy");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal($"{Stack} {Parameters("arm64", Former)}", script.Changes[^1]);
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

    [Fact]
    public async Task A_tool_that_goes_missing_on_the_way_takes_the_deployment_back()
    {
        var result = await script.RunAsync($"*put-object*) rm \"$PLAY/bin/dotnet\"; echo v2 ;;\n{WithoutDotnet()}", "deploy");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("dotnet is not installed, so nothing can be asked", result.Errors, StringComparison.Ordinal);
        Assert.Equal($"{Stack} {Parameters("arm64", Former)}", script.Changes[^1]);

        // No other dotnet on the path than the played one.
        string WithoutDotnet()
        {
            var played = File.ReadAllText(script.PathOf("bin/dotnet"));
            script.Uninstall("dotnet");
            File.WriteAllText(script.PathOf("bin/dotnet"), played);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(script.PathOf("bin/dotnet"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
            return Deployed;
        }
    }

    [Fact]
    public async Task Without_a_token_for_the_smoke_test_nothing_is_changed()
    {
        script.Environment["NOTIFYQUERY_TOKEN"] = "";

        var result = await script.RunAsync(Deployed, "deploy");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            "the API asks for a token of https://issuer.example.com: put one with the scope support into NOTIFYQUERY_TOKEN",
            result.Errors,
            StringComparison.Ordinal
        );
        Assert.Empty(script.Changes);

        script.Environment["NOTIFYQUERY_SMOKE"] = "0";
        Assert.Equal(0, (await script.RunAsync(Deployed, "deploy")).ExitCode);
    }

    [Theory]
    [InlineData(
        "https://tenant.auth0.com",
        "https://tenant.auth0.com/",
        "they differ by a slash. Say JwtIssuer=https://tenant.auth0.com/\n"
    )]
    [InlineData(
        "https://idp.example.com/main/",
        "https://idp.example.com/main",
        "they differ by a slash. Say JwtIssuer=https://idp.example.com/main\n"
    )]
    [InlineData(
        "https://idp.example.com/a",
        "https://idp.example.com/b",
        "calls itself 'https://idp.example.com/b': name the issuer as its tokens do"
    )]
    public async Task An_issuer_that_is_not_to_the_letter_what_stands_in_its_tokens_is_told_before_anything_is_changed(
        string given,
        string named,
        string problem
    )
    {
        var answers = $$"""
            *"curl -fsS --max-time 10 {{given.TrimEnd('/')}}/.well-known/openid-configuration") echo '{"issuer":"{{named}}"}' ;;
            *ParameterKey==\'JwtIssuer\'*) echo {{given}} ;;
            {{Deployed}}
            """;
        foreach (
            var command in (string[][])
                [
                    ["deploy", $"JwtIssuer={given}"],
                    ["handler", "dev", "image"],
                ]
        )
        {
            var result = await script.RunAsync(answers, command);

            Assert.Equal(1, result.ExitCode);
            Assert.Contains(problem, result.Errors, StringComparison.Ordinal);
            Assert.Empty(script.Changes);
        }
    }

    [Fact]
    public async Task An_issuer_that_cannot_be_asked_from_here_may_be_one_that_the_cluster_can_ask()
    {
        var result = await script.RunAsync($"curl*) exit 6 ;;\n{Deployed}", "deploy", "JwtIssuer=https://inside.example.com");

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("see that JwtIssuer is, to the letter, what stands in iss of its tokens", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_smoke_test_that_fails_after_the_first_deployment_changes_nothing_more()
    {
        var result = await script.RunAsync(
            $"""
            {NoStack}
            {Deployed}
            *check-stream*) exit 3 ;;
            """,
            "deploy"
        );

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(CheckStream, script.Changes[^1]);
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

    [Fact]
    public async Task Versions_marks_the_zip_that_runs()
    {
        var result = await script.RunAsync(Deployed, "versions");

        Assert.Equal(
            $"  2026-11-25 functions-arm64-c.zip\n* 2026-11-24 functions-arm64-{Former}.zip\n  2026-11-23 functions-arm64-{Older}.zip\n",
            result.Output
        );
    }

    [Fact]
    public async Task Rollback_runs_the_zip_before_the_one_that_runs_or_the_one_that_is_named()
    {
        var before = await script.RunAsync(Deployed, "rollback");
        Assert.True(before.ExitCode == 0, before.Errors);
        Assert.Equal([$"{Stack} {Parameters("arm64", Older)}"], script.Changes);

        var named = await script.RunAsync(Deployed, "rollback", $"functions-x86_64-{Former}.zip");
        Assert.True(named.ExitCode == 0, named.Errors);
        Assert.Equal([$"{Stack} {Parameters("x86_64", Former)}"], script.Changes);
    }

    [Fact]
    public async Task A_query_table_is_exchanged_step_by_step()
    {
        var made = await script.RunAsync(Deployed, "next-table", "notification-records-2");
        Assert.True(made.ExitCode == 0, made.Errors);
        Assert.StartsWith(
            "aws cloudformation deploy --stack-name nq-notification-records-2 --template-file ",
            script.Changes[0],
            StringComparison.Ordinal
        );
        Assert.EndsWith(" --parameter-overrides KeySpread=16", script.Changes[0], StringComparison.Ordinal);
        Assert.Equal(
            [$"{Stack} NextQueryTable=notification-records-2 NextQueryTableKeySpread=16 ServedQueryTable=current"],
            script.Changes.Skip(1)
        );
        Assert.Contains(
            "Tables__NotificationRecords=notification-records-2 Tables__KeySpread=16 dotnet run --project NotifyQuery.Tools -- rebuild",
            made.Output,
            StringComparison.Ordinal
        );

        var wider = await script.RunAsync(
            $"*describe-stacks\\ --stack-name\\ nq-wide*) echo 'Stack with id nq-wide does not exist' >&2; exit 254 ;;\n{Deployed}",
            "next-table",
            "wide",
            "64"
        );
        Assert.True(wider.ExitCode == 0, wider.Errors);
        Assert.EndsWith(" --parameter-overrides KeySpread=64", script.Changes[0], StringComparison.Ordinal);
        Assert.Equal([$"{Stack} NextQueryTable=wide NextQueryTableKeySpread=64 ServedQueryTable=current"], script.Changes.Skip(1));

        Assert.Equal(
            [$"{Stack} ServedQueryTable=next"],
            await ChangesAsync(next: "notification-records-2", served: "current", "serve", "next")
        );
        Assert.Equal(
            [$"{Stack} ServedQueryTable=current"],
            await ChangesAsync(next: "notification-records-2", served: "next", "serve", "current")
        );
        Assert.Equal(
            [$"{Stack} QueryTable=notification-records-2 QueryTableKeySpread=32 ServedQueryTable=current"],
            await ChangesAsync(next: "notification-records-2", served: "next", "promote")
        );
        Assert.Equal([$"{Stack} NextQueryTable="], await ChangesAsync(next: "notification-records", served: "current", "finish"));

        async Task<IReadOnlyList<string>> ChangesAsync(string next, string served, params string[] command)
        {
            var result = await script.RunAsync(
                $"*ParameterKey==\\'NextQueryTable\\'*) echo {next} ;;\n*ParameterKey==\\'ServedQueryTable\\'*) echo {served} "
                    + $";;\n{Deployed}",
                command
            );
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
    [InlineData("", "current", "'0' is no number of keys: 1 to 256", "next-table", "two", "0")]
    [InlineData("", "current", "'257' is no number of keys: 1 to 256", "next-table", "two", "257")]
    [InlineData("", "current", "'many' is no number of keys: 1 to 256", "next-table", "two", "many")]
    [InlineData(
        "",
        "current",
        "two is there, and spreads a campaign over 16 keys, not 8: that cannot be changed, name another table",
        "next-table",
        "two",
        "8"
    )]
    [InlineData("", "current", "next-table needs the new table's name, such as notification-records-2", "next-table", "a b")]
    [InlineData("", "current", "'other.zip' is no zip of the functions: name one of 'deploy.sh versions'", "rollback", "other.zip")]
    [InlineData("", "current", "handler needs an overlay: dev or prod", "handler", "test", "image")]
    [InlineData("", "current", "handler needs the image, such as <registry>/notifyquery-handler@sha256:<digest>", "handler", "dev")]
    [InlineData("", "current", "destroy knows --with-data and --yes only", "destroy", "--all")]
    [InlineData("", "current", "there is no command 'deply'", "deply")]
    public async Task A_step_that_is_not_due_is_refused_with_the_fix_and_nothing_is_changed(
        string next,
        string served,
        string cure,
        params string[] command
    )
    {
        var result = await script.RunAsync(
            $"*ParameterKey==\\'NextQueryTable\\'*) echo {next} ;;\n*ParameterKey==\\'ServedQueryTable\\'*) echo {served} ;;\n{Deployed}",
            command
        );

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith($"deploy.sh: {cure}\n", result.Errors, StringComparison.Ordinal);
        Assert.Empty(script.Changes);
    }

    [Fact]
    public async Task Without_an_older_zip_rollback_says_so()
    {
        var result = await script.RunAsync(
            $"*list-objects-v2*) printf '%s\\t%s\\n' 2026-11-24 functions-arm64-{Former}.zip ;;\n{Deployed}",
            "rollback"
        );

        Assert.Equal(
            (1, $"deploy.sh: there is no zip older than functions-arm64-{Former}.zip: name one of 'deploy.sh versions'\n"),
            (result.ExitCode, result.Errors)
        );
        Assert.Empty(script.Changes);
    }

    [Theory]
    [InlineData("", "kubectl -n notifyquery create secret generic handler-cursor")] // the first time
    [InlineData("*\"get secret handler-cursor\"*) echo there ;;", null)] // made once, and kept
    public async Task The_Handler_is_applied_with_its_image_its_settings_and_a_cursor_key_that_is_made_once(string secret, string? made)
    {
        var result = await script.RunAsync(
            $$"""
            {{(secret.Length == 0 ? "*\"get secret\"*) exit 1 ;;" : secret)}}
            *"get service"*) echo lb.internal ;;
            *kustomize*) cat artifacts/handler/kustomization.yaml ;;
            *configmap*) printf '%s\n' "$@" ;;
            {{Deployed}}
            """,
            "handler",
            "dev",
            "registry.example.com/handler:7"
        );

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("resources: [../../deploy/eks/overlays/dev]\n", script.Applied, StringComparison.Ordinal);
        Assert.Contains("newName: registry.example.com/handler, newTag: \"7\"", script.Applied, StringComparison.Ordinal);
        Assert.Contains("--from-literal=QueryResult__FunctionName=nq-QueryResult\n", script.Applied, StringComparison.Ordinal);
        Assert.Contains("--from-literal=Access__Required=true\n", script.Applied, StringComparison.Ordinal);
        Assert.Equal(
            made is null ? 0 : 1,
            script.Changes.Count(call =>
                call.StartsWith("kubectl -n notifyquery create secret generic handler-cursor", StringComparison.Ordinal)
            )
        );
        Assert.Contains("kubectl kustomize artifacts/handler", script.Calls);
        Assert.Equal("kubectl -n notifyquery rollout status deployment/handler --timeout=5m", script.Changes[^1]);
        Assert.EndsWith(
            "deploy/deploy.sh deploy HandlerBaseAddress=http://lb.internal HandlerSubnets=... HandlerSecurityGroup=...\n",
            result.Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_the_stack_says_of_tokens_reaches_the_Handler_each_audience_and_each_scope_as_one()
    {
        var result = await script.RunAsync(
            $$"""
            *ParameterKey==\'JwtAudience\'*) echo 'web, mobile' ;;
            *ParameterKey==\'JwtAudienceClaim\'*) echo client_id ;;
            *ParameterKey==\'JwtScopeClaims\'*) echo scope,realm_access.roles ;;
            *ParameterKey==\'JwtScopes\'*) echo 'user=notifyquery/user support=notifyquery/support support=desk' ;;
            *"get service"*) echo lb.internal ;;
            *configmap*) printf '%s\n' "$@" ;;
            *kustomize*) ;;
            {{Deployed}}
            """,
            "handler",
            "dev",
            "image"
        );

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(
            [
                "QueryResult__FunctionName=nq-QueryResult",
                "OTEL_EXPORTER_OTLP_ENDPOINT=",
                "Access__Required=true",
                "Authentication__Schemes__Bearer__Authority=https://issuer.example.com",
                "Authentication__Schemes__Bearer__ValidAudiences__0=web",
                "Authentication__Schemes__Bearer__ValidAudiences__1=mobile",
                "Access__AudienceClaim=client_id",
                "Access__SubjectClaim=sub",
                "Access__ScopeClaims=scope,realm_access.roles",
                "Access__Scopes__user__0=notifyquery/user",
                "Access__Scopes__support__1=notifyquery/support",
                "Access__Scopes__support__2=desk",
            ],
            script
                .Applied.Split('\n')
                .Where(line => line.StartsWith("--from-literal=", StringComparison.Ordinal))
                .Select(line => line["--from-literal=".Length..])
        );
    }

    [Theory]
    [InlineData("*ParameterKey==\\'JwtIssuer\\'*) ;;", "the stack names nobody who issues one")]
    [InlineData("*ParameterKey==\\'JwtAudience\\'*) ;;", "the stack does not say for whom it must be issued")]
    [InlineData("*ParameterKey==\\'JwtAudience\\'*) echo , ;;", "the stack does not say for whom it must be issued")]
    [InlineData("*ParameterKey==\\'JwtScopes\\'*) echo suport=x ;;", "JwtScopes has 'suport=x'")]
    [InlineData("*OutputKey==\\'QueryResultFunction\\'*) echo None ;;", "does not say what its QueryResult function is called")]
    public async Task A_Handler_that_would_not_start_is_not_applied(string answer, string problem)
    {
        var result = await script.RunAsync($"{answer}\n{Deployed}", "handler", "dev", "image");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(problem, result.Errors, StringComparison.Ordinal);
        Assert.Empty(script.Changes);
    }

    [Fact]
    public async Task TLS_up_to_the_pods_is_an_option_that_needs_the_certificate()
    {
        script.Environment["NOTIFYQUERY_HANDLER_TLS"] = "yes";
        const string Rendered = "*kustomize*) cat artifacts/handler/kustomization.yaml ;;\n*\"get service\"*) echo lb.internal ;;";

        var without = await script.RunAsync($"*\"get secret handler-tls\"*) exit 1 ;;\n{Rendered}\n{Deployed}", "handler", "dev", "image");
        Assert.Equal(1, without.ExitCode);
        Assert.Contains("there is no secret handler-tls", without.Errors, StringComparison.Ordinal);

        var with = await script.RunAsync($"{Rendered}\n{Deployed}", "handler", "dev", "image");
        Assert.True(with.ExitCode == 0, with.Errors);
        Assert.Contains("components: [../../deploy/eks/components/tls]\n", script.Applied, StringComparison.Ordinal);
        Assert.Contains("deploy/deploy.sh deploy HandlerBaseAddress=https://<that name>", with.Output, StringComparison.Ordinal);
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
    public async Task A_load_balancer_that_has_no_address_yet_is_reported()
    {
        var result = await script.RunAsync($"*kustomize*) cat deploy/eks/base/deployment.yaml ;;\n{Deployed}", "handler", "dev", "image");

        Assert.Equal(
            (1, "deploy.sh: the load balancer has no address yet: the same command again tells it in a few minutes\n"),
            (result.ExitCode, result.Errors)
        );
    }

    [Fact]
    public async Task The_functions_are_built_for_another_architecture_by_its_linker_and_the_image_by_the_SDK()
    {
        foreach (var tool in (string[])["clang", "aarch64-linux-gnu-gcc"])
            File.Copy(script.PathOf("bin/zip"), script.PathOf($"bin/{tool}"));
        const string Answers = """
            uname*) echo x86_64 ;;
            *getProperty:PackageMode*) echo nuget ;;
            *"publish NotifyQuery.Lambdas"*) echo native > artifacts/arm64/publish/NotifyQuery.Lambdas ;;
            zip*) echo zipped > functions.zip ;;
            """;

        var built = await script.RunAsync(Answers, "build");
        Assert.True(built.ExitCode == 0, built.Errors);
        Assert.Equal(
            [
                "dotnet restore NotifyQuery.Lambdas -v:q",
                "dotnet publish NotifyQuery.Lambdas -c Release -r linux-arm64 -p:ObjCopyName=aarch64-linux-gnu-objcopy -o "
                    + "artifacts/arm64/publish",
                "zip -q -9 -X functions.zip bootstrap",
            ],
            script.Changes
        );
        Assert.Equal(
            "native\n",
            await File.ReadAllTextAsync(script.PathOf("artifacts/arm64/bootstrap"), TestContext.Current.CancellationToken)
        );

        var image = await script.RunAsync(Answers, "image");
        Assert.True(image.ExitCode == 0, image.Errors);
        Assert.Equal("dotnet restore NotifyQuery.Handler -v:q", script.Changes[0]);
        Assert.StartsWith(
            "dotnet publish NotifyQuery.Handler -c Release -r linux-arm64 --self-contained false -t:PublishContainer ",
            script.Changes[1],
            StringComparison.Ordinal
        );
        Assert.EndsWith("/artifacts/handler-arm64.tar.gz", script.Changes[1], StringComparison.Ordinal);
    }

    private static string Parameters(string architecture, string digest) =>
        $"ArtifactBucket=zips ArtifactKey=functions-{architecture}-{digest}.zip ArtifactVersion=v1 Architecture={architecture}";

    private static string DigestOf(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(content)));
}
