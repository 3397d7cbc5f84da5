using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

public sealed class TablesTemplateTests
{
    [Fact]
    public void The_template_declares_the_four_tables_under_their_names()
    {
        Assert.Equal(
            ["command-records", "notification-records", "projection-failures", "stream-checkpoints"],
            LocalTables.Declared().Select(t => t.Name)
        );
    }

    [Fact]
    public void The_template_declares_over_how_many_keys_a_campaign_is_spread_and_its_table_carries_the_number()
    {
        Assert.InRange(TablesTemplate.ReadKeySpread(LocalTables.Template()).Keys, 2, KeySpread.Maximum);
        Assert.Contains(
            """[{ "Key": "notifyquery-key-spread", "Value": { "Ref": "KeySpread" } }]""",
            LocalTables.Template(),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not JSON")]
    [InlineData("""{"Parameters":{"KeySpread":{"Type":"Number"}}}""")]
    [InlineData("""{"Parameters":{"KeySpread":{"Default":0}}}""")]
    [InlineData("""{"Parameters":{"KeySpread":{"Default":"many"}}}""")]
    public void A_template_that_does_not_say_how_keys_are_spread_is_refused(string template)
    {
        var exception = Assert.Throws<FormatException>(() => TablesTemplate.ReadKeySpread(template));
        Assert.StartsWith(
            "the tables template cannot be read: it must declare the parameter KeySpread with its Default",
            exception.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Other_resources_than_tables_are_passed_over()
    {
        Assert.Empty(TablesTemplate.Read("""{"Resources":{"Topic":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":"t"}}}}"""));
    }

    [Theory]
    [InlineData("""{"TableName":"t","LocalSecondaryIndexes":[]}""", "declares LocalSecondaryIndexes of T, which is not supported here")]
    [InlineData(
        """{"TableName":"t","TimeToLiveSpecification":{"AttributeName":"e","Enabled":false}}""",
        "declares TimeToLiveSpecification of T with Enabled false"
    )]
    [InlineData(
        """{"TableName":"t","GlobalSecondaryIndexes":[{"IndexName":"i","KeySchema":[],"Projection":"""
            + """{"ProjectionType":"INCLUDE","NonKeyAttributes":["a"]}}]}""",
        "NonKeyAttributes"
    )]
    [InlineData(
        """{"TableName":"t","GlobalSecondaryIndexes":[{"IndexName":"i","KeySchema":[],"Projection":{"ProjectionType":"ALL"}"""
            + ""","ProvisionedThroughput":{}}]}""",
        "ProvisionedThroughput"
    )]
    [InlineData("""{"BillingMode":"PAY_PER_REQUEST"}""", "T has no TableName")]
    [InlineData("""{"TableName":{"Ref":"Name"}}""", "cannot be read")]
    public void What_would_be_created_differently_from_AWS_is_refused(string properties, string problem)
    {
        var exception = Assert.Throws<FormatException>(() =>
            TablesTemplate.Read($$"""{"Resources":{"T":{"Type":"AWS::DynamoDB::Table","Properties": {{properties}} } } }""")
        );
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_makes_a_difference_only_on_AWS_is_passed_over()
    {
        var table = Assert.Single(
            TablesTemplate.Read(
                """{"Resources":{"T":{"Type":"AWS::DynamoDB::Table","Properties":{"TableName":"t","SSESpecification":"""
                    + """{"SSEEnabled":true},"Tags":[]}}}}"""
            )
        );
        Assert.Equal("t", table.Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AWSTemplateFormatVersion: 2010-09-09")]
    [InlineData("{}")]
    [InlineData("[]")]
    public void What_is_no_template_is_refused_with_one_sentence(string text)
    {
        var exception = Assert.Throws<FormatException>(() => TablesTemplate.Read(text));
        Assert.StartsWith("the tables template cannot be read: ", exception.Message, StringComparison.Ordinal);
    }
}
