using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;
using static NotifyQuery.Tests.Deploy.ParsedTemplate;

namespace NotifyQuery.Tests.Deploy;

/// <summary>
/// What the templates promise beside roles and functions, read from the templates themselves: the linters, the gateway, the alarms, the
/// access log and the tables.
/// </summary>
public sealed partial class TemplateTests
{
    [Fact]
    public async Task The_linter_finds_nothing_in_either_template()
    {
        var linted = await Repository.RunAsync("cfn-lint", ["deploy/tables.template.json", "deploy/stack.template.yaml"]);

        Assert.True(linted.ExitCode == 0 && linted.Output.Length == 0, linted.Output + linted.Errors);
    }

    [Fact]
    public async Task The_script_passes_the_shell_linter()
    {
        var linted = await Repository.RunAsync("shellcheck", ["deploy/deploy.sh"]);

        Assert.True(linted.ExitCode == 0, linted.Output + linted.Errors);
    }

    /// <summary>CloudFormation takes no larger template in a request.</summary>
    [Fact]
    public async Task The_template_of_the_stack_is_small_enough_to_be_sent_without_a_bucket() =>
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(await Repository.ReadAsync("deploy/stack.template.yaml")), 1, 51_200);

    [Fact]
    public async Task The_gateway_hands_every_request_on_and_decides_nothing()
    {
        var stack = await StackAsync();
        var routes = ResourcesOf(stack, "AWS::ApiGatewayV2::Route").ToList();

        Assert.Equal(["ANY /", "ANY /{proxy+}"], routes.Select(route => Text(route.Properties["RouteKey"])).Order(StringComparer.Ordinal));
        Assert.All(routes, route => Assert.Equal("NONE", Text(route.Properties["AuthorizationType"])));
        Assert.Empty(ResourcesOf(stack, "AWS::ApiGatewayV2::Authorizer"));
        // Its own answers to preflights would be others than the Handler's.
        Assert.DoesNotContain(
            "CorsConfiguration",
            Assert.Single(ResourcesOf(stack, "AWS::ApiGatewayV2::Api")).Properties.Children.Keys.Select(Text)
        );
    }

    [Fact]
    public async Task Each_alarm_names_a_part_of_the_runbook_that_exists()
    {
        var runbook = await Repository.ReadAsync("docs/operations.md");
        var alarms = ResourcesOf(await StackAsync(), "AWS::CloudWatch::Alarm").ToList();

        Assert.Equal(13, alarms.Count);
        Assert.All(
            alarms,
            alarm =>
            {
                var anchor = Anchor().Match(Text(alarm.Properties["AlarmDescription"]));
                Assert.True(anchor.Success, $"{alarm.Name} names no part of the runbook");
                Assert.Contains($"<a id=\"{anchor.Groups[1].Value}\"></a>", runbook, StringComparison.Ordinal);
            }
        );
    }

    [Fact]
    public async Task The_access_log_contains_no_personal_data()
    {
        var stage = Assert.Single(ResourcesOf(await StackAsync(), "AWS::ApiGatewayV2::Stage"));
        var variables = Variable()
            .Matches(Text(((YamlMappingNode)stage.Properties["AccessLogSettings"])["Format"]))
            .Select(match => match.Value)
            .ToList();

        Assert.NotEmpty(variables);
        Assert.All(
            variables,
            variable =>
                Assert.DoesNotMatch(
                    "(?i)ip|agent|path|query|header|claim|authorizer|identity",
                    variable.Replace("$context.integration", "", StringComparison.Ordinal)
                )
        );
    }

    [Fact]
    public async Task The_tables_are_encrypted_protected_and_can_be_restored_to_any_moment()
    {
        var tables = ResourcesOf(Root(await Repository.ReadAsync("deploy/tables.template.json")), "AWS::DynamoDB::Table").ToList();

        Assert.Equal(4, tables.Count);
        Assert.All(
            tables,
            table =>
            {
                Assert.Equal("true", Text(table.Properties["DeletionProtectionEnabled"]));
                Assert.Equal(
                    "true",
                    Text(((YamlMappingNode)table.Properties["PointInTimeRecoverySpecification"])["PointInTimeRecoveryEnabled"])
                );
                Assert.Equal("true", Text(((YamlMappingNode)table.Properties["SSESpecification"])["SSEEnabled"]));
            }
        );
    }

    [GeneratedRegex(@"Runbook: docs/operations\.md#([a-z0-9-]+)$")]
    private static partial Regex Anchor();

    [GeneratedRegex(@"\$context\.[A-Za-z.]+")]
    private static partial Regex Variable();
}
