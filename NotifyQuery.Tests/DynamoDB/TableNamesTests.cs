using NotifyQuery.DynamoDB;

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
    public void Two_tables_of_one_name_are_refused_before_one_is_written_over_the_other()
    {
        var fault = Assert.Throws<InvalidOperationException>(() => TableNames.From(key => key == "Tables:NotificationRecords" ? "command-records" : null));

        Assert.StartsWith("Two tables are named 'command-records' (section Tables", fault.Message, StringComparison.Ordinal);
    }
}
