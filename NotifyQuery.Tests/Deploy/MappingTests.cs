using System.Globalization;
using Microsoft.Extensions.Configuration;
using NotifyQuery.EventSource;
using NotifyQuery.EventSource.Filtering;
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

    [Fact]
    public async Task The_mappings_on_AWS_have_no_filter_unless_one_is_given_and_take_as_many_as_the_local_event_source()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(await Repository.ReadAsync("deploy/stack.template.yaml")));
        var template = yaml.Documents[0].RootNode;
        var mappings = ((YamlMappingNode)template["Resources"]).Children.Values
            .Where(resource => Text(resource["Type"]) == "AWS::Lambda::EventSourceMapping").Select(resource => resource["Properties"]).ToList();
        string[] parameters = [.. ((YamlMappingNode)template["Parameters"]).Children.Keys.Select(Text).Where(name => name.StartsWith("FilterPattern", StringComparison.Ordinal))];

        Assert.Equal(EventFilter.MostFilters, parameters.Length);
        Assert.All(parameters, name => Assert.Equal("", Text(template["Parameters"][name]["Default"])));
        Assert.All(parameters, name => Assert.Equal(PatternParser.LongestPattern, int.Parse(Text(template["Parameters"][name]["MaxLength"]), CultureInfo.InvariantCulture)));
        Assert.All(mappings, mapping =>
        {
            var choice = (YamlSequenceNode)mapping["FilterCriteria"];
            Assert.Equal(("!If", "HasFilter", "AWS::NoValue"), (choice.Tag.Value, Text(choice[0]), Text(choice[2])));
            Assert.Equal(
                parameters.Select(name => (Condition: $"Has{name}", name, "AWS::NoValue")),
                ((YamlSequenceNode)choice[1]["Filters"]).Cast<YamlSequenceNode>().Select(filter => (Text(filter[0]), Text(filter[1]["Pattern"]), Text(filter[2]))));
        });
    }

    /// <summary>CloudFormation takes no larger template in a request.</summary>
    [Fact]
    public async Task The_template_of_the_stack_is_small_enough_to_be_sent_without_a_bucket() =>
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(await Repository.ReadAsync("deploy/stack.template.yaml")), 1, 51_200);

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;
}
