using YamlDotNet.RepresentationModel;
using static NotifyQuery.Tests.Deploy.AttackedAccount;

namespace NotifyQuery.Tests.Deploy;

/// <summary>
/// Which settings, which image, which network the Handler gets: deploy.sh takes nothing for granted. The programs it calls are played.
/// </summary>
public sealed class HandlerAttackTests : IDisposable
{
    private readonly DeployScript script = new();

    public void Dispose() => script.Dispose();

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
    [InlineData("NOTIFYQUERY_HANDLER_SOURCES", "0.0.0.0/0", Image, "that allows everybody")]
    [InlineData("NOTIFYQUERY_HANDLER_SOURCES", "10.0.0.1'}]", Image, "give CIDR blocks")]
    [InlineData("NOTIFYQUERY_HANDLER_DESTINATIONS", "", Image, "NOTIFYQUERY_HANDLER_DESTINATIONS is not set")]
    [InlineData("X", "", "registry.example.com/handler:7", "in production give the image by its digest")]
    [InlineData("X", "", "handler#g; e id", "is not a valid image name")]
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
