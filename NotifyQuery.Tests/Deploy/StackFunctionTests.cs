using System.Globalization;
using NotifyQuery.ServiceDefaults;
using YamlDotNet.RepresentationModel;
using static NotifyQuery.Tests.Deploy.ParsedTemplate;

namespace NotifyQuery.Tests.Deploy;

/// <summary>What the stack says to its functions: time limits, tables, concurrency and code, read from its template.</summary>
public sealed class StackFunctionTests
{
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
}
