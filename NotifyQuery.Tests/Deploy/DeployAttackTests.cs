using System.Security.Cryptography;
using System.Text;
using YamlDotNet.RepresentationModel;

namespace NotifyQuery.Tests.Deploy;

/// <summary>
/// Whose bucket, which zip, which packages, which settings: deploy.sh takes nothing for granted. The programs it calls are played.
/// </summary>
public sealed class DeployAttackTests : IDisposable
{
    private const string Image = "registry.example.com/handler@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static readonly string Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("a zip")));

    private static readonly string Account = $$"""
        *get-caller-identity*) echo 123456789012 ;;
        *ParameterKey==\'CommandRecordsStream\'*) echo the-stream ;;
        *ParameterKey==\'JwtIssuer\'*) echo https://issuer.example.com ;;
        *ParameterKey==\'JwtAudience\'*) echo notifyquery ;;
        *OutputKey==\'GatewayUrl\'*) echo https://gw.example.com ;;
        *ParameterKey==\'OtlpEndpoint\'*) echo https://collector.of.the.stack ;;
        *OutputKey==\'QueryResultFunction\'*) echo nq-QueryResult ;;
        *LatestStreamArn*) echo the-stream ;;
        *get-template*) cat deploy/tables.template.json ;;
        *IndexName==\'status-index\'*) echo status_key ;;
        *list-tags-of-resource*) echo 16 ;;
        *LogicalResourceId==\'NotificationRecords\'*) echo NotificationRecords ;;
        *get-public-access-block*) echo True True True True ;;
        *get-bucket-versioning*) echo Enabled ;;
        *put-object*) echo v1 ;;
        *head-object*) echo v1 ;;
        *get-object\ *) printf 'a zip' >"${@: -1}" ;;
        *get-function-configuration*) printf "$(sed 's/../\\x&/g' <<<{{Digest}})" | base64 ;;
        *"get service"*) echo lb.internal ;;
        *configmap*) printf '%s\n' "$@" ;;
        *kustomize*) PATH=${PATH#*:} kubectl "$@" ;;
        """;

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
    [InlineData("*head-bucket*) echo 'Could not connect' >&2; exit 254 ;;", "the bucket zips cannot be asked: Could not connect")]
    [InlineData("*get-public-access-block*) echo True True False True ;;", "the bucket zips is not closed to the public")]
    [InlineData("*get-public-access-block*) exit 254 ;;", "the bucket zips is not closed to the public")]
    [InlineData("*get-bucket-versioning*) echo Suspended ;;", "the bucket zips keeps no versions")]
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
    [InlineData("*get-public-access-block*) echo True True False True ;;", "the bucket zips is not closed to the public")]
    [InlineData("*get-bucket-versioning*) echo Suspended ;;", "the bucket zips keeps no versions")]
    public async Task No_zip_of_an_open_bucket_is_gone_back_to(string answer, string problem)
    {
        var result = await script.RunAsync($"{answer}\n{Account}", "rollback", $"functions-arm64-{Digest}.zip");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(problem, result.Errors, StringComparison.Ordinal);
        Assert.Empty(script.Changes);
    }

    [Fact]
    public async Task The_functions_are_built_from_counterparts_only_when_that_is_said()
    {
        const string Answers = """
            uname*) echo aarch64 ;;
            *getProperty:PackageMode*) echo counterparts ;;
            *"publish NotifyQuery.Lambdas"*) echo native > artifacts/arm64/publish/NotifyQuery.Lambdas ;;
            zip*) echo zipped > functions.zip ;;
            """;
        File.Copy(script.PathOf("bin/zip"), script.PathOf("bin/clang"));

        var refused = await script.RunAsync(Answers, "build");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("package mode: counterparts", refused.Output, StringComparison.Ordinal);
        Assert.Contains("built from counterparts", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(script.Calls, call => call.StartsWith("dotnet publish", StringComparison.Ordinal));

        script.Environment["NOTIFYQUERY_COUNTERPARTS"] = "yes";
        var allowed = await script.RunAsync(Answers, "build");
        Assert.True(allowed.ExitCode == 0, allowed.Errors);
    }

    [Fact]
    public async Task The_image_is_built_from_counterparts_only_when_that_is_said()
    {
        const string Answers = "*getProperty:PackageMode*) echo counterparts ;;";

        var refused = await script.RunAsync(Answers, "image");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("NotifyQuery.Handler would be built from counterparts", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(script.Calls, call => call.StartsWith("dotnet publish", StringComparison.Ordinal));

        script.Environment["NOTIFYQUERY_COUNTERPARTS"] = "yes";
        var allowed = await script.RunAsync(Answers, "image");
        Assert.True(allowed.ExitCode == 0, allowed.Errors);
    }

    [Fact]
    public async Task A_base_image_is_named_by_its_digest_or_not_at_all()
    {
        const string Answers = "*getProperty:PackageMode*) echo nuget ;;";
        script.Environment["NOTIFYQUERY_BASE_IMAGE"] = "registry.example.com/dotnet/aspnet:10.0";

        var refused = await script.RunAsync(Answers, "image");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("name an image by its digest", refused.Errors, StringComparison.Ordinal);
        Assert.Empty(script.Changes);

        script.Environment["NOTIFYQUERY_BASE_IMAGE"] = Image;
        var allowed = await script.RunAsync(Answers, "image");
        Assert.True(allowed.ExitCode == 0, allowed.Errors);
        Assert.Contains($" -p:ContainerBaseImage={Image} ", script.Changes[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("ContainerFamily", script.Changes[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_that_mean_something_else_do_not_reach_the_Handler()
    {
        script.Environment["ACCESS_REQUIRED"] = "false";
        script.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://somebody.else:4317";

        var result = await script.RunAsync(Account, "handler", "dev", Image);

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("--from-literal=Access__Required=true\n", script.Applied, StringComparison.Ordinal);
        Assert.Contains(
            "--from-literal=OTEL_EXPORTER_OTLP_ENDPOINT=https://collector.of.the.stack\n",
            script.Applied,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task In_development_both_can_be_set_by_their_own_names()
    {
        script.Environment["NOTIFYQUERY_ACCESS_REQUIRED"] = "false";
        script.Environment["NOTIFYQUERY_OTLP_ENDPOINT"] = "http://collector.of.mine:4317";

        var result = await script.RunAsync(Account, "handler", "dev", Image);

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("--from-literal=Access__Required=false\n", script.Applied, StringComparison.Ordinal);
        Assert.Contains(
            "--from-literal=OTEL_EXPORTER_OTLP_ENDPOINT=http://collector.of.mine:4317\n",
            script.Applied,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("NOTIFYQUERY_ACCESS_REQUIRED", "false", Image, "NOTIFYQUERY_ACCESS_REQUIRED is false")]
    [InlineData("NOTIFYQUERY_ACCESS_REQUIRED", "no", Image, "it must be true or false")]
    [InlineData("NOTIFYQUERY_OTLP_ENDPOINT", "http://somebody.else:4317", Image, "NOTIFYQUERY_OTLP_ENDPOINT is set")]
    [InlineData("NOTIFYQUERY_HANDLER_SOURCES", "", Image, "NOTIFYQUERY_HANDLER_SOURCES is not set")]
    [InlineData("NOTIFYQUERY_HANDLER_SOURCES", "0.0.0.0/0", Image, "that is everybody")]
    [InlineData("NOTIFYQUERY_HANDLER_SOURCES", "10.0.0.1'}]", Image, "give CIDR blocks")]
    [InlineData("NOTIFYQUERY_HANDLER_DESTINATIONS", "", Image, "NOTIFYQUERY_HANDLER_DESTINATIONS is not set")]
    [InlineData("X", "", "registry.example.com/handler:7", "in production name the image by its digest")]
    [InlineData("X", "", "handler#g; e id", "is not the name of an image")]
    public async Task What_would_weaken_production_is_refused_before_anything_is_applied(
        string name,
        string value,
        string image,
        string problem
    )
    {
        script.Environment["NOTIFYQUERY_HANDLER_SOURCES"] = "10.0.1.0/24";
        script.Environment["NOTIFYQUERY_HANDLER_DESTINATIONS"] = "10.0.9.0/24";
        script.Environment[name] = value;

        var result = await script.RunAsync(Account, "handler", "prod", image);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(problem, result.Errors, StringComparison.Ordinal);
        Assert.Empty(script.Changes);
    }

    [Fact]
    public async Task In_production_only_the_named_blocks_reach_the_Handler_and_are_reached_by_it()
    {
        if ((await Repository.RunAsync("kubectl", ["version", "--client"])).ExitCode != 0)
            Assert.Skip("kubectl does not run");
        script.Environment["NOTIFYQUERY_HANDLER_SOURCES"] = "10.0.1.0/24,10.0.2.0/24";
        script.Environment["NOTIFYQUERY_HANDLER_DESTINATIONS"] = "10.0.9.0/24";

        var result = await script.RunAsync(Account, "handler", "prod", Image);

        Assert.True(result.ExitCode == 0, result.Errors);
        var stream = new YamlStream();
        stream.Load(new StringReader(script.Applied[script.Applied.IndexOf("apiVersion", StringComparison.Ordinal)..]));
        var manifests = stream.Documents.Select(document => document.RootNode).ToList();
        var policy = manifests.Single(manifest => manifest["kind"].ToString() == "NetworkPolicy")["spec"];
        Assert.Equal(
            ["10.0.1.0/24", "10.0.2.0/24"],
            ((YamlSequenceNode)policy["ingress"][0]["from"]).Select(from => from["ipBlock"]["cidr"].ToString())
        );
        Assert.Equal(["10.0.9.0/24"], ((YamlSequenceNode)policy["egress"][0]["to"]).Select(to => to["ipBlock"]["cidr"].ToString()));
        var service = manifests.Single(manifest => manifest["kind"].ToString() == "Service")["spec"];
        Assert.Equal(
            ["10.0.1.0/24", "10.0.2.0/24"],
            ((YamlSequenceNode)service["loadBalancerSourceRanges"]).Select(range => range.ToString())
        );
        Assert.Equal(
            Image,
            manifests
                .Single(manifest => manifest["kind"].ToString() == "Deployment")["spec"]["template"]["spec"]["containers"][0]["image"]
                .ToString()
        );
    }
}
