using System.Globalization;
using Microsoft.Extensions.Configuration;
using NotifyQuery.AppHost.Mapping;
using NotifyQuery.EventSource.Filtering;
using NotifyQuery.EventSource.Hosting;
using YamlDotNet.RepresentationModel;
using static NotifyQuery.Tests.Deploy.ParsedTemplate;

namespace NotifyQuery.Tests.Deploy;

/// <summary>The event source mapping is declared once, in the stack's template: the local event source gets it from there.</summary>
public sealed class MappingTests
{
    [Fact]
    public async Task What_becomes_of_records_that_fail_is_the_same_here_and_in_every_mapping_on_AWS()
    {
        var text = await Repository.ReadAsync(EventSourceMapping.TemplateName);
        var local = OptionsOf(text);
        var mappings = MappingsOf(text);

        Assert.Equal(2, mappings.Count);
        Assert.All(mappings, mapping => Assert.NotNull(mapping["DestinationConfig"]["OnFailure"]["Destination"]));
        Assert.Equal(mappings[0].Children.Keys.Select(Text), mappings[1].Children.Keys.Select(Text));
        Assert.All(
            mappings[0].Children.Where(property => Text(property.Key) is not "FunctionName"),
            property => Assert.Equal(property.Value, mappings[1][property.Key])
        );
        Assert.True(new EventSourceOptionsValidator().Validate(null, local).Succeeded);
        Assert.Equal(
            (100, 21_600, true, true, 2, "TRIM_HORIZON", true),
            (
                local.MaximumRetryAttempts,
                local.MaximumRecordAgeInSeconds,
                local.BisectBatchOnFunctionError,
                local.ReportsItemFailures,
                local.ParallelizationFactor,
                local.StartingPosition,
                local.Enabled
            )
        );
    }

    [Theory]
    [InlineData(
        "      MaximumBatchingWindowInSeconds: 0",
        "      MaximumBatchingWindowInSeconds: 7",
        "MaximumBatchingWindowInSeconds",
        "7"
    )]
    [InlineData("      BisectBatchOnFunctionError: true", "      BisectBatchOnFunctionError: false", "BisectBatchOnFunctionError", "False")]
    [InlineData("      StartingPosition: TRIM_HORIZON", "      StartingPosition: LATEST", "StartingPosition", "LATEST")]
    [InlineData("      StartingPosition: TRIM_HORIZON", "      StartingPosition: TRIM_HORIZON\n      Enabled: false", "Enabled", "False")]
    [InlineData(
        "      FunctionResponseTypes: [ReportBatchItemFailures]",
        "      FunctionResponseTypes: []",
        "ReportsItemFailures",
        "False"
    )]
    [InlineData(
        "      ParallelizationFactor: !Ref ParallelizationFactor",
        "      ParallelizationFactor: {Ref: ThrottlingRate}",
        "ParallelizationFactor",
        "500"
    )]
    [InlineData(
        "      ParallelizationFactor: !Ref ParallelizationFactor",
        "      ParallelizationFactor: !Sub 1${ParallelizationFactor}",
        "ParallelizationFactor",
        "12"
    )]
    [InlineData(
        "      ParallelizationFactor: !Ref ParallelizationFactor",
        "      ParallelizationFactor: !If [HasNext, 9, 4]",
        "ParallelizationFactor",
        "4"
    )]
    [InlineData(
        "      ParallelizationFactor: !Ref ParallelizationFactor",
        "      ParallelizationFactor: {\"Fn::If\": [HasQueryConcurrency, 9, 4]}",
        "ParallelizationFactor",
        "9"
    )]
    [InlineData(
        "      ParallelizationFactor: !Ref ParallelizationFactor",
        "      ParallelizationFactor: !If [ServesNext, 9, !Ref AWS::NoValue]",
        "ParallelizationFactor",
        "1"
    )]
    public async Task Changing_the_template_changes_the_settings(string before, string after, string option, string expected)
    {
        var text = await Repository.ReadAsync(EventSourceMapping.TemplateName);
        Assert.Contains(before, text, StringComparison.Ordinal);

        var options = OptionsOf(text.Replace(before, after, StringComparison.Ordinal));

        Assert.Equal(
            expected,
            Convert.ToString(typeof(EventSourceOptions).GetProperty(option)!.GetValue(options), CultureInfo.InvariantCulture)
        );
    }

    [Fact]
    public async Task Changing_the_default_of_a_parameter_changes_the_settings_but_for_the_local_differences()
    {
        var text = (await Repository.ReadAsync(EventSourceMapping.TemplateName))
            .Replace("    Default: 100\n    MinValue: -1", "    Default: 7\n    MinValue: -1", StringComparison.Ordinal)
            .Replace(
                "  BatchSize:\n    Type: Number\n    Default: 100",
                "  BatchSize:\n    Type: Number\n    Default: 8",
                StringComparison.Ordinal
            );

        var options = OptionsOf(text);

        Assert.Equal((7, 1000), (options.MaximumRetryAttempts, options.BatchSize));
        Assert.Equal(["BatchSize"], EventSourceMapping.LocalDifferences.Keys);
        Assert.All(EventSourceMapping.LocalDifferences.Values, difference => Assert.NotEmpty(difference.Reason));
        Assert.All(EventSourceMapping.NotApplicable.Values, Assert.NotEmpty);
    }

    [Fact]
    public async Task Every_setting_that_is_read_is_one_that_the_event_source_has()
    {
        var settings = EventSourceMapping.Read(await Repository.ReadAsync(EventSourceMapping.TemplateName));

        Assert.All(settings.Keys, key => Assert.NotNull(typeof(EventSourceOptions).GetProperty(key.Split(':')[0])));
    }

    [Fact]
    public async Task The_mappings_on_AWS_have_no_filter_unless_one_is_given_and_take_as_many_as_the_local_event_source()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(await Repository.ReadAsync("deploy/stack.template.yaml")));
        var template = yaml.Documents[0].RootNode;
        var mappings = ((YamlMappingNode)template["Resources"])
            .Children.Values.Where(resource => Text(resource["Type"]) == "AWS::Lambda::EventSourceMapping")
            .Select(resource => resource["Properties"])
            .ToList();
        string[] parameters =
        [
            .. ((YamlMappingNode)template["Parameters"])
                .Children.Keys.Select(Text)
                .Where(name => name.StartsWith("FilterPattern", StringComparison.Ordinal)),
        ];

        Assert.Equal(EventFilter.MostFilters, parameters.Length);
        Assert.All(parameters, name => Assert.Equal("", Text(template["Parameters"][name]["Default"])));
        Assert.All(
            parameters,
            name =>
                Assert.Equal(
                    PatternParser.LongestPattern,
                    int.Parse(Text(template["Parameters"][name]["MaxLength"]), CultureInfo.InvariantCulture)
                )
        );
        Assert.All(
            mappings,
            mapping =>
            {
                var choice = (YamlSequenceNode)mapping["FilterCriteria"];
                Assert.Equal(("!If", "HasFilter", "AWS::NoValue"), (choice.Tag.Value, Text(choice[0]), Text(choice[2])));
                Assert.Equal(
                    parameters.Select(name => (Condition: $"Has{name}", name, "AWS::NoValue")),
                    ((YamlSequenceNode)choice[1]["Filters"])
                        .Cast<YamlSequenceNode>()
                        .Select(filter => (Text(filter[0]), Text(filter[1]["Pattern"]), Text(filter[2])))
                );
            }
        );
    }

    private static EventSourceOptions OptionsOf(string template) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(
                EventSourceMapping
                    .Read(template)
                    .Select(setting => KeyValuePair.Create($"{EventSourceOptions.Section}:{setting.Key}", (string?)setting.Value))
            )
            .AddInMemoryCollection([
                new($"{EventSourceOptions.Section}:TableName", "commands"),
                new($"{EventSourceOptions.Section}:FunctionName", "processor"),
            ])
            .Build()
            .GetSection(EventSourceOptions.Section)
            .Get<EventSourceOptions>()!;

    private static List<YamlMappingNode> MappingsOf(string text) =>
        [.. ResourcesOf(Root(text), "AWS::Lambda::EventSourceMapping").Select(mapping => mapping.Properties)];
}
