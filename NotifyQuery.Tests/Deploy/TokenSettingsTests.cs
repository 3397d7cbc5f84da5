using static NotifyQuery.Tests.Deploy.DeployedAccount;

namespace NotifyQuery.Tests.Deploy;

/// <summary>
/// What deploy.sh asks and says about tokens: one for the smoke test, their issuer, and what the Handler is told. The programs it calls are
/// played.
/// </summary>
public sealed class TokenSettingsTests : IDisposable
{
    private readonly DeployScript script = new();

    public void Dispose() => script.Dispose();

    [Fact]
    public async Task Without_a_token_for_the_smoke_test_nothing_is_changed()
    {
        script.Environment["NOTIFYQUERY_TOKEN"] = "";

        var result = await script.RunAsync(Deployed, "deploy");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            "the API requires a token of https://issuer.example.com: set NOTIFYQUERY_TOKEN to one with the scope support",
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
        "they differ by a slash. Use JwtIssuer=https://tenant.auth0.com/\n"
    )]
    [InlineData(
        "https://idp.example.com/main/",
        "https://idp.example.com/main",
        "they differ by a slash. Use JwtIssuer=https://idp.example.com/main\n"
    )]
    [InlineData(
        "https://idp.example.com/a",
        "https://idp.example.com/b",
        "the provider there is the issuer 'https://idp.example.com/b': set JwtIssuer to the iss of the tokens"
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
        Assert.Contains("check that JwtIssuer is exactly the iss of its tokens", result.Errors, StringComparison.Ordinal);
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
}
