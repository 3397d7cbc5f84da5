using NotifyQuery.DynamoDB.Tables;
using static NotifyQuery.Tests.Deploy.ParsedTemplate;

namespace NotifyQuery.Tests.Deploy;

/// <summary>What the roles of the stack may do, read from its template.</summary>
public sealed class StackRoleTests
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
}
