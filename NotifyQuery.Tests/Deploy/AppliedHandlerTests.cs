using static NotifyQuery.Tests.Deploy.DeployedAccount;

namespace NotifyQuery.Tests.Deploy;

/// <summary>What deploy.sh handler applies to the cluster, and when it applies nothing. The programs that it calls are played.</summary>
public sealed class AppliedHandlerTests : IDisposable
{
    private readonly DeployScript script = new();

    public void Dispose() => script.Dispose();

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

    [Theory]
    [InlineData("*ParameterKey==\\'JwtIssuer\\'*) ;;", "the stack has no JwtIssuer")]
    [InlineData("*ParameterKey==\\'JwtAudience\\'*) ;;", "the stack has no JwtAudience")]
    [InlineData("*ParameterKey==\\'JwtAudience\\'*) echo , ;;", "the stack has no JwtAudience")]
    [InlineData("*ParameterKey==\\'JwtScopes\\'*) echo suport=x ;;", "JwtScopes has 'suport=x'")]
    [InlineData("*OutputKey==\\'QueryResultFunction\\'*) echo None ;;", "has no output QueryResultFunction")]
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
            (1, "deploy.sh: the load balancer has no address yet: run the same command again in a few minutes\n"),
            (result.ExitCode, result.Errors)
        );
    }
}
