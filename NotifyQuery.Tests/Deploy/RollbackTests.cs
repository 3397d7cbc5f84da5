using static NotifyQuery.Tests.Deploy.DeployedAccount;

namespace NotifyQuery.Tests.Deploy;

/// <summary>
/// When deploy.sh goes back to a former zip: by itself after a smoke test that does not pass, and when it is told to. The programs that it
/// calls are played.
/// </summary>
public sealed class RollbackTests : IDisposable
{
    private readonly DeployScript script = new();

    public void Dispose() => script.Dispose();

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
        Assert.Contains($"the stack nq has no valid output GatewayUrl (it is '{address}')", deployed.Errors, StringComparison.Ordinal);
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

    [Fact]
    public async Task A_tool_that_goes_missing_on_the_way_takes_the_deployment_back()
    {
        var result = await script.RunAsync($"*put-object*) rm \"$PLAY/bin/dotnet\"; echo v2 ;;\n{WithoutDotnet()}", "deploy");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("dotnet is not installed, so the smoke test cannot run", result.Errors, StringComparison.Ordinal);
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
    public async Task Without_an_older_zip_rollback_says_so()
    {
        var result = await script.RunAsync(
            $"*list-objects-v2*) printf '%s\\t%s\\n' 2026-11-24 functions-arm64-{Former}.zip ;;\n{Deployed}",
            "rollback"
        );

        Assert.Equal(
            (1, $"deploy.sh: there is no zip older than functions-arm64-{Former}.zip: use one that 'deploy.sh versions' lists\n"),
            (result.ExitCode, result.Errors)
        );
        Assert.Empty(script.Changes);
    }

    private static string Parameters(string architecture, string digest) =>
        $"ArtifactBucket=zips ArtifactKey=functions-{architecture}-{digest}.zip ArtifactVersion=v1 Architecture={architecture}";
}
