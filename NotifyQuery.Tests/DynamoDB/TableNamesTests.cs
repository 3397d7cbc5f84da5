using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

public sealed class TableNamesTests
{
    [Fact]
    public void A_table_has_the_name_that_is_configured_and_else_the_declared_one()
    {
        var names = TableNames.From(key => key == "Tables:NotificationRecords" ? "notification-records-2" : null);

        Assert.Equal(new TableNames { NotificationRecords = "notification-records-2" }, names);
    }

    [Fact]
    public void The_keys_of_the_query_table_are_spread_as_the_template_declares_or_as_is_configured()
    {
        Assert.Equal(TablesTemplate.ReadKeySpread(LocalTables.Template()), TableNames.From(_ => null).KeySpread);
        Assert.Equal(KeySpread.Over(32), TableNames.From(key => key == "Tables:KeySpread" ? "32" : null).KeySpread);
        Assert.Equal(KeySpread.None, TableNames.From(key => key == "Tables:KeySpread" ? "0" : null).KeySpread);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("257")]
    [InlineData("sixteen")]
    public void A_number_of_keys_that_is_none_is_refused_with_the_numbers_there_are(string configured)
    {
        var fault = Assert.Throws<InvalidOperationException>(() => TableNames.From(key => key == "Tables:KeySpread" ? configured : null));

        Assert.Equal(
            $"Tables:KeySpread is invalid: '{configured}' is not a valid number of keys: "
                + "it must be from 1 to 256, or 0 for a table whose keys are not spread",
            fault.Message
        );
    }

    [Fact]
    public void Two_tables_of_one_name_are_refused_before_one_is_written_over_the_other()
    {
        var fault = Assert.Throws<InvalidOperationException>(() =>
            TableNames.From(key => key == "Tables:NotificationRecords" ? "command-records" : null)
        );

        Assert.StartsWith("Two tables are named 'command-records' (section Tables", fault.Message, StringComparison.Ordinal);
    }
}
