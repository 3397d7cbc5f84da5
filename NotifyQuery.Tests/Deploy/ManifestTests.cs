using YamlDotNet.RepresentationModel;

namespace NotifyQuery.Tests.Deploy;

/// <summary>The Handler's manifests as kustomize puts them together.</summary>
public sealed class ManifestTests
{
    [Theory]
    [InlineData("dev", "Deployment Namespace NetworkPolicy Service ServiceAccount")]
    [InlineData("prod", "Deployment HorizontalPodAutoscaler Namespace NetworkPolicy PodDisruptionBudget Service ServiceAccount")]
    public async Task An_overlay_has_what_its_place_needs_and_no_more(string overlay, string kinds) =>
        Assert.Equal(kinds, string.Join(' ', (await RenderAsync(overlay)).Select(manifest => At(manifest, "kind")).Order()));

    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public async Task The_Handler_runs_without_root_on_a_file_system_that_it_cannot_write(string overlay)
    {
        var pod = PodOf(await RenderAsync(overlay));
        var container = pod["containers"][0];

        Assert.Equal("true", At(pod, "securityContext", "runAsNonRoot"));
        Assert.Equal("RuntimeDefault", At(pod, "securityContext", "seccompProfile", "type"));
        Assert.Equal("false", At(pod, "automountServiceAccountToken"));
        Assert.Equal("true", At(container, "securityContext", "readOnlyRootFilesystem"));
        Assert.Equal("false", At(container, "securityContext", "allowPrivilegeEscalation"));
        Assert.Equal("ALL", At(container["securityContext"]["capabilities"]["drop"][0]));
        Assert.NotEmpty(At(container, "resources", "requests", "cpu"));
        Assert.NotEmpty(At(container, "resources", "limits", "memory"));
    }

    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public async Task The_probes_ask_the_paths_that_the_Handler_serves(string overlay)
    {
        var container = PodOf(await RenderAsync(overlay))["containers"][0];

        Assert.Equal("/alive", At(container, "startupProbe", "httpGet", "path"));
        Assert.Equal("/alive", At(container, "livenessProbe", "httpGet", "path"));
        Assert.Equal("/health", At(container, "readinessProbe", "httpGet", "path"));
    }

    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public async Task The_load_balancer_is_internal_and_finds_the_pods(string overlay)
    {
        var manifests = await RenderAsync(overlay);
        var service = manifests.Single(manifest => At(manifest, "kind") == "Service");
        var labels = (YamlMappingNode)
            manifests.Single(manifest => At(manifest, "kind") == "Deployment")["spec"]["template"]["metadata"]["labels"];

        Assert.Equal("internal", At(service, "metadata", "annotations", "service.beta.kubernetes.io/aws-load-balancer-scheme"));
        Assert.All((YamlMappingNode)service["spec"]["selector"], selected => Assert.Equal(selected.Value, labels[selected.Key]));
    }

    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public async Task Each_rule_of_the_network_policy_names_who_and_which_port_and_never_the_nodes_metadata(string overlay)
    {
        var manifests = await RenderAsync(overlay);
        var policy = manifests.Single(manifest => At(manifest, "kind") == "NetworkPolicy")["spec"];
        var rules = ((YamlSequenceNode)policy["ingress"])
            .Select(rule => (rule, peers: rule["from"]))
            .Concat(((YamlSequenceNode)policy["egress"]).Select(rule => (rule, peers: rule["to"])))
            .ToList();

        Assert.All(rules, it => Assert.NotEmpty((YamlSequenceNode)it.peers));
        Assert.All(rules, it => Assert.NotEmpty((YamlSequenceNode)it.rule["ports"]));
        var everywhere = rules
            .SelectMany(it => (YamlSequenceNode)it.peers)
            .Where(peer => ((YamlMappingNode)peer).Children.ContainsKey("ipBlock") && At(peer, "ipBlock", "cidr") == "0.0.0.0/0")
            .ToList();
        Assert.All(
            everywhere,
            peer => Assert.Contains("169.254.0.0/16", ((YamlSequenceNode)peer["ipBlock"]["except"]).Select(block => At(block)))
        );
        // kustomize adds the Handler's labels to selectors, and then a rule names nobody.
        Assert.DoesNotContain(
            rules.SelectMany(it => (YamlSequenceNode)it.peers),
            peer =>
                ((YamlMappingNode)peer).Children.TryGetValue("podSelector", out var pods)
                && ((YamlMappingNode)pods).Children.ContainsKey("matchLabels")
        );
        Assert.NotEmpty(
            (YamlSequenceNode)manifests.Single(manifest => At(manifest, "kind") == "Service")["spec"]["loadBalancerSourceRanges"]
        );
    }

    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public async Task With_TLS_nothing_answers_in_clear_text_and_everything_asks_by_https(string overlay)
    {
        var manifests = await RenderAsync(overlay, "tls");
        var pod = PodOf(manifests);
        var container = pod["containers"][0];
        var service = manifests.Single(manifest => At(manifest, "kind") == "Service");
        var policy = manifests.Single(manifest => At(manifest, "kind") == "NetworkPolicy")["spec"];
        var variables = ((YamlSequenceNode)container["env"]).ToDictionary(it => At(it, "name"), it => At(it, "value"));

        Assert.Equal(
            ["https 8443"],
            ((YamlSequenceNode)container["ports"]).Select(port => $"{At(port, "name")} {At(port, "containerPort")}")
        );
        Assert.Equal(("", "8443"), (variables["ASPNETCORE_HTTP_PORTS"], variables["ASPNETCORE_HTTPS_PORTS"]));
        Assert.Equal(
            ("/tls/tls.crt", "/tls/tls.key"),
            (variables["Kestrel__Certificates__Default__Path"], variables["Kestrel__Certificates__Default__KeyPath"])
        );
        foreach (var probe in (string[])["startupProbe", "livenessProbe", "readinessProbe"])
        {
            Assert.Equal(("HTTPS", "https"), (At(container, probe, "httpGet", "scheme"), At(container, probe, "httpGet", "port")));
            Assert.NotEmpty(At(container, probe, "httpGet", "path"));
        }

        Assert.Equal("/tls", At(container["volumeMounts"][0], "mountPath"));
        Assert.Equal("handler-tls", At(pod["volumes"][0], "secret", "secretName"));
        Assert.Equal("true", At(container, "securityContext", "readOnlyRootFilesystem"));
        Assert.Equal(
            ["443 https"],
            ((YamlSequenceNode)service["spec"]["ports"]).Select(port => $"{At(port, "port")} {At(port, "targetPort")}")
        );
        Assert.Equal("HTTPS", At(service, "metadata", "annotations", "service.beta.kubernetes.io/aws-load-balancer-healthcheck-protocol"));
        Assert.Equal(["https"], ((YamlSequenceNode)policy["ingress"][0]["ports"]).Select(port => At(port, "port")));
    }

    [Fact]
    public async Task In_production_the_pods_are_spread_over_zones_and_at_most_one_is_taken_at_a_time()
    {
        var manifests = await RenderAsync("prod");
        var labels = (YamlMappingNode)
            manifests.Single(manifest => At(manifest, "kind") == "Deployment")["spec"]["template"]["metadata"]["labels"];
        var spread = PodOf(manifests)["topologySpreadConstraints"][0];
        var budget = manifests.Single(manifest => At(manifest, "kind") == "PodDisruptionBudget")["spec"];

        Assert.Equal("topology.kubernetes.io/zone", At(spread, "topologyKey"));
        Assert.Equal("1", At(budget, "maxUnavailable"));
        foreach (var selector in new[] { spread["labelSelector"]["matchLabels"], budget["selector"]["matchLabels"] })
            Assert.All((YamlMappingNode)selector, selected => Assert.Equal(selected.Value, labels[selected.Key]));
    }

    private static async Task<List<YamlNode>> RenderAsync(string overlay, string? component = null)
    {
        var folder = $"deploy/eks/overlays/{overlay}";
        var own = component is null ? null : Directory.CreateDirectory(Repository.PathOf($"artifacts/{Guid.NewGuid():N}"));
        try
        {
            if (own is not null)
            {
                await File.WriteAllTextAsync(
                    Path.Combine(own.FullName, "kustomization.yaml"),
                    $"resources: [../../{folder}]\ncomponents: [../../deploy/eks/components/{component}]\n",
                    TestContext.Current.CancellationToken
                );
                folder = own.FullName;
            }

            var rendered = await Repository.RunAsync("kubectl", ["kustomize", folder]);
            Assert.True(rendered.ExitCode == 0, rendered.Errors);
            var stream = new YamlStream();
            stream.Load(new StringReader(rendered.Output));
            return [.. stream.Documents.Select(document => document.RootNode)];
        }
        finally
        {
            own?.Delete(recursive: true);
        }
    }

    private static YamlNode PodOf(List<YamlNode> manifests) =>
        manifests.Single(manifest => At(manifest, "kind") == "Deployment")["spec"]["template"]["spec"];

    private static string At(YamlNode node, params string[] path) => ((YamlScalarNode)path.Aggregate(node, (at, name) => at[name])).Value!;
}
