using System.Globalization;
using Microsoft.Extensions.Configuration;
using NotifyQuery.EventSource;
using YamlDotNet.RepresentationModel;

namespace NotifyQuery.Tests.Deploy;

/// <summary>What becomes of records that fail is the same here and on AWS.</summary>
public sealed class MappingTests
{
    [Fact]
    public async Task The_local_event_source_and_the_mappings_on_AWS_give_a_failing_record_the_same_finite_budget()
    {
        var local = new ConfigurationBuilder().AddJsonFile(Repository.PathOf("NotifyQuery.EventSource/appsettings.json")).Build()
            .GetSection(EventSourceOptions.Section).Get<EventSourceOptions>()!;
        var yaml = new YamlStream();
        yaml.Load(new StringReader(await Repository.ReadAsync("deploy/stack.template.yaml")));
        var template = yaml.Documents[0].RootNode;
        var mappings = ((YamlMappingNode)template["Resources"]).Children.Values
            .Where(resource => Text(resource["Type"]) == "AWS::Lambda::EventSourceMapping").Select(resource => resource["Properties"]).ToList();

        Assert.Equal(2, mappings.Count);
        Assert.All(mappings, mapping =>
        {
            Assert.Equal(local.MaximumRetryAttempts, Number(mapping["MaximumRetryAttempts"]));
            Assert.Equal(local.MaximumRecordAgeInSeconds, Number(mapping["MaximumRecordAgeInSeconds"]));
            Assert.Equal(local.BisectBatchOnFunctionError, Text(mapping["BisectBatchOnFunctionError"]) == "true");
            Assert.Equal(local.FunctionResponseTypes, ((YamlSequenceNode)mapping["FunctionResponseTypes"]).Select(Text));
            Assert.NotNull(mapping["DestinationConfig"]["OnFailure"]["Destination"]);
        });
        Assert.InRange(local.MaximumRetryAttempts, 1, 10_000);
        Assert.InRange(local.MaximumRecordAgeInSeconds, 60, 86_400); // a stream keeps nothing for longer

        int Number(YamlNode reference) => int.Parse(Text(template["Parameters"][Text(reference)]["Default"]), CultureInfo.InvariantCulture);
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;
}
