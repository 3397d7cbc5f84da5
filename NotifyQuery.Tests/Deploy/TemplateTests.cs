using System.Globalization;
using System.Text.RegularExpressions;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.ServiceDefaults;
using YamlDotNet.RepresentationModel;

namespace NotifyQuery.Tests.Deploy;

/// <summary>What the stack's template promises, read from the template itself.</summary>
public sealed partial class TemplateTests
{
    /// <summary>Actions for which AWS takes no narrower resource.</summary>
    private static readonly string[] WithoutResource =
    [
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    ];

    private sealed record Statement(string Role, bool Allows, string[] Actions, string[] Resources, string? Condition);

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

    [Fact]
    public async Task No_role_has_a_wildcard_where_a_narrower_one_works()
    {
        foreach (var statement in (await StatementsAsync()).Where(statement => statement.Allows))
        {
            Assert.All(statement.Actions, action => Assert.DoesNotContain('*', action));
            if (statement.Resources.Contains("*"))
                Assert.All(statement.Actions, action => Assert.Contains(action, WithoutResource));
            // The events of a log group are named by it and an asterisk: that is its own ARN.
            Assert.All(
                statement.Resources.Where(resource => resource != "*"),
                resource => Assert.DoesNotContain('*', resource.Replace(":log-group:", "", StringComparison.Ordinal).TrimEnd('*'))
            );
        }
    }

    [Fact]
    public async Task Nobody_can_scan_delete_or_change_a_table()
    {
        string[] known = ["Query", "PutItem", "DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];

        Assert.All(
            (await StatementsAsync())
                .Where(statement => statement.Allows)
                .SelectMany(statement => statement.Actions)
                .Where(action => action.StartsWith("dynamodb:", StringComparison.Ordinal)),
            action => Assert.Contains(action["dynamodb:".Length..], known)
        );
    }

    [Fact]
    public async Task QueryResult_can_only_query_the_query_table_and_its_indexes_and_those_of_the_next_one_while_there_is_one()
    {
        var statements = (await StatementsAsync())
            .Where(s => s.Role == "QueryResultRole" && s.Actions.Any(a => a.StartsWith("dynamodb:", StringComparison.Ordinal)))
            .ToList();
        var indexes = TablesTemplate
            .Read(await Repository.ReadAsync("deploy/tables.template.json"))
            .Single(table => table.Name == "notification-records")
            .Create.GlobalSecondaryIndexes.Select(index => $"/index/{index.IndexName}")
            .Append("")
            .Order()
            .ToList();

        Assert.Equal(["dynamodb:Query"], statements.SelectMany(s => s.Actions).Distinct());
        // Both may be read whichever is served: 'serve' changes the function's variable and nothing of the role.
        Assert.Equal(2, statements.Count);
        foreach (
            var (statement, table, condition) in ((Statement, string, string?)[])
                [(statements[0], "QueryTable", null), (statements[1], "NextQueryTable", "HasNext")]
        )
        {
            Assert.Equal(condition, statement.Condition);
            Assert.Equal(
                indexes.Select(index => $":table/${{{table}}}{index}"),
                statement.Resources.Select(resource => resource[resource.IndexOf(":table/", StringComparison.Ordinal)..]).Order()
            );
        }
    }

    [Fact]
    public async Task The_functions_and_the_gateway_wait_as_long_as_the_code_says()
    {
        var stack = await StackAsync();
        var timeouts = ResourcesOf(stack, "AWS::Lambda::Function")
            .ToDictionary(function => function.Name, function => Seconds(function.Properties["Timeout"]));
        var integration = Assert.Single(ResourcesOf(stack, "AWS::ApiGatewayV2::Integration"));

        Assert.Equal(ReadTimeLimits.QueryFunction, timeouts["Query"]);
        Assert.Equal(ReadTimeLimits.QueryResultFunction, timeouts["QueryResult"]);
        Assert.Equal(ReadTimeLimits.Gateway, Seconds(integration.Properties["TimeoutInMillis"]) / 1000);
        Assert.Equal(timeouts["StreamProcessor"], timeouts["NextStreamProcessor"]);

        static TimeSpan Seconds(YamlNode node) => TimeSpan.FromSeconds(int.Parse(Text(node), CultureInfo.InvariantCulture));
    }

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
    public async Task At_each_step_of_an_exchange_both_the_former_and_the_new_role_let_both_the_former_and_the_new_table_be_read()
    {
        var yaml = await Repository.ReadAsync("deploy/stack.template.yaml");
        var parameters = new Dictionary<string, string>();
        var before = new StackValues(yaml, parameters);
        var served = new List<string> { before.ServedTable };
        foreach (
            var step in (Dictionary<string, string>[])
                [
                    new() { ["NextQueryTable"] = "next", ["ServedQueryTable"] = "current" }, // deploy.sh next-table
                    new() { ["ServedQueryTable"] = "next" }, // serve next
                    new() { ["ServedQueryTable"] = "current" },
                    new() { ["ServedQueryTable"] = "next" },
                    new() { ["QueryTable"] = "next", ["ServedQueryTable"] = "current" }, // promote
                    new() { ["NextQueryTable"] = "" }, // finish
                ]
        )
        {
            foreach (var (name, value) in step)
                parameters[name] = value;
            var after = new StackValues(yaml, parameters);
            foreach (var table in (string[])[before.ServedTable, after.ServedTable])
            {
                foreach (var index in (string[])["", "/index/transaction-index", "/index/campaign-index", "/index/status-index"])
                {
                    Assert.Contains($"table/{table}{index}", before.Queryable);
                    Assert.Contains($"table/{table}{index}", after.Queryable);
                }
            }

            before = after;
            served.Add(after.ServedTable);
        }

        Assert.Equal(["notification-records", "notification-records", "next", "notification-records", "next", "next", "next"], served);
        Assert.Equal(4, before.Queryable.Count); // nothing is left of the former one
    }

    [Fact]
    public async Task The_table_that_is_served_is_the_next_one_only_while_there_is_one()
    {
        var variables = (YamlMappingNode)
            ResourcesOf(await StackAsync(), "AWS::Lambda::Function").Single(function => function.Name == "QueryResult").Properties[
                "Environment"
            ]["Variables"];

        Assert.Equal(
            ["ServesNext", "NextQueryTable", "QueryTable"],
            ((YamlSequenceNode)variables["Tables__NotificationRecords"]).Select(Text)
        );
        Assert.Equal("HasNext", Text((await StackAsync())["Conditions"]["ServesNext"][0]["Condition"]));
    }

    [Fact]
    public async Task Each_function_that_writes_or_reads_a_query_table_is_told_over_how_many_keys_that_table_spreads_a_campaign()
    {
        var told = ResourcesOf(await StackAsync(), "AWS::Lambda::Function")
            .Select(function => (function.Name, Variables: (YamlMappingNode)function.Properties["Environment"]["Variables"]))
            .Where(function => function.Variables.Children.ContainsKey("Tables__NotificationRecords"))
            .ToDictionary(
                function => function.Name,
                function =>
                    (
                        Table: string.Join(' ', Texts(function.Variables["Tables__NotificationRecords"])),
                        Keys: string.Join(' ', Texts(function.Variables["Tables__KeySpread"]))
                    )
            );

        Assert.Equal(["NextStreamProcessor", "QueryResult", "StreamProcessor"], told.Keys.Order());
        Assert.All(
            told.Values,
            function => Assert.Equal(function.Table.Replace("QueryTable", "QueryTableKeySpread", StringComparison.Ordinal), function.Keys)
        );
    }

    [Fact]
    public async Task A_processor_can_only_put_items_into_its_query_table_and_the_dead_letters()
    {
        foreach (var (role, table) in new[] { ("StreamProcessorRole", "QueryTable"), ("NextStreamProcessorRole", "NextQueryTable") })
        {
            var writes = Assert.Single(await StatementsAsync(), s => s.Role == role && s.Actions.Contains("dynamodb:PutItem"));
            Assert.Equal(["dynamodb:PutItem"], writes.Actions);
            Assert.Collection(
                writes.Resources,
                resource => Assert.EndsWith($":table/${{{table}}}", resource, StringComparison.Ordinal),
                resource => Assert.EndsWith(":table/projection-failures", resource, StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public async Task The_Handler_can_invoke_QueryResult_and_nothing_else()
    {
        var statement = Assert.Single(await StatementsAsync(), s => s.Role == "HandlerRole");

        Assert.Equal(["lambda:InvokeFunction"], statement.Actions);
        Assert.Equal(["QueryResult.Arn"], statement.Resources);
    }

    [Fact]
    public async Task Each_function_has_a_role_of_its_own()
    {
        var functions = ResourcesOf(await StackAsync(), "AWS::Lambda::Function").ToList();

        Assert.Equal(4, functions.Count);
        Assert.All(functions, function => Assert.Equal($"{function.Name}Role.Arn", Text(function.Properties["Role"])));
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

    [Fact]
    public async Task Each_function_has_a_share_of_the_concurrency_that_leaves_the_others_theirs()
    {
        const int Account = 1000,
            LeftToOthers = 100; // AWS's usual quota, and what it does not let one reserve
        var parameters = (YamlMappingNode)(await StackAsync())["Parameters"];
        var shares = new Dictionary<string, int>();
        foreach (var function in ResourcesOf(await StackAsync(), "AWS::Lambda::Function"))
        {
            var parameter = Text(((YamlSequenceNode)function.Properties["ReservedConcurrentExecutions"])[1]);
            shares[function.Name] = int.Parse(Text(parameters[parameter]["Default"]), CultureInfo.InvariantCulture);
        }

        Assert.Equal(["NextStreamProcessor", "Query", "QueryResult", "StreamProcessor"], shares.Keys.Order());
        Assert.All(shares.Values, share => Assert.True(share > 0));
        // Ten shards, the most at once for each.
        Assert.True(
            shares["StreamProcessor"] >= 10 * int.Parse(Text(parameters["ParallelizationFactor"]["Default"]), CultureInfo.InvariantCulture)
        );
        Assert.True(shares.Values.Sum() <= (Account - LeftToOthers) / 2);
    }

    [Fact]
    public async Task The_functions_run_one_version_of_one_zip()
    {
        var functions = ResourcesOf(await StackAsync(), "AWS::Lambda::Function").ToList();

        Assert.All(
            functions,
            function => Assert.Equal("ArtifactVersion", Text(((YamlSequenceNode)function.Properties["Code"]["S3ObjectVersion"])[1]))
        );
    }

    private static async Task<YamlMappingNode> StackAsync() => Root(await Repository.ReadAsync("deploy/stack.template.yaml"));

    private static YamlMappingNode Root(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    private static IEnumerable<(string Name, YamlMappingNode Properties)> ResourcesOf(YamlMappingNode template, string type) =>
        from resource in (YamlMappingNode)template["Resources"]
        where Text(resource.Value["Type"]) == type
        select (Text(resource.Key), (YamlMappingNode)resource.Value["Properties"]);

    private static async Task<List<Statement>> StatementsAsync() =>
        [
            .. from role in ResourcesOf(await StackAsync(), "AWS::IAM::Role")
            from policy in (YamlSequenceNode)role.Properties["Policies"]
            from it in ((YamlSequenceNode)policy["PolicyDocument"]["Statement"]).SelectMany(Unconditional)
            select new Statement(
                role.Name,
                Text(it.Statement["Effect"]) == "Allow",
                Texts(it.Statement["Action"]),
                Texts(it.Statement["Resource"]),
                it.Condition
            ),
        ];

    /// <summary>A statement under a condition counts like any other.</summary>
    private static IEnumerable<(YamlNode Statement, string? Condition)> Unconditional(YamlNode statement) =>
        statement is YamlSequenceNode condition
            ? condition.OfType<YamlMappingNode>().Select(it => ((YamlNode)it, (string?)Text(condition[0])))
            : [(statement, null)];

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    /// <summary>One text or several; a !Sub with variables of its own counts as its text.</summary>
    private static string[] Texts(YamlNode node) =>
        node switch
        {
            YamlSequenceNode { Tag: { IsEmpty: false, Value: "!Sub" } } substituted => [Text(substituted[0])],
            YamlSequenceNode several => [.. several.SelectMany(Texts)],
            _ => [Text(node)],
        };

    [GeneratedRegex(@"Runbook: docs/operations\.md#([a-z0-9-]+)$")]
    private static partial Regex Anchor();

    [GeneratedRegex(@"\$context\.[A-Za-z.]+")]
    private static partial Regex Variable();
}
