using static NotifyQuery.Tests.Deploy.AttackedAccount;

namespace NotifyQuery.Tests.Deploy;

/// <summary>What deploy.sh builds, from which packages and on which base image. The programs that it calls are played.</summary>
public sealed class BuildTests : IDisposable
{
    private readonly DeployScript script = new();

    public void Dispose() => script.Dispose();

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
}
