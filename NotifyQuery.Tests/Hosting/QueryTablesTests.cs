using NotifyQuery.AppHost;
using NotifyQuery.AppHost.NextTables;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Operations.NextTables;
using NotifyQuery.Tests.Deploy;

namespace NotifyQuery.Tests.Hosting;

/// <summary>Which query tables a run begins with, and the file in which it is kept.</summary>
public sealed class QueryTablesTests : IDisposable
{
    private static readonly QueryTable First = QueryTable.Declared;
    private static readonly QueryTable Second = new("notification-records-2", 4);
    private static readonly QueryTable Third = new("notification-records-3", 8);

    private readonly string folder = Directory.CreateTempSubdirectory("query-tables-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_run_begins_with_what_was_kept_and_a_next_table_that_is_neither_served_nor_asked_for_is_left()
    {
        var filled = new QueryTables { Next = Second };
        var served = filled with { ServesNext = true };
        var promoted = new QueryTables
        {
            Current = Second,
            Next = Second,
            Former = First,
        };
        var finished = new QueryTables { Current = Second };

        Assert.Equal(filled, QueryTablesOfRun.Begin(new(), Second));
        Assert.Equal(new QueryTables(), QueryTablesOfRun.Begin(filled, null));
        Assert.Equal(filled with { Next = Third }, QueryTablesOfRun.Begin(filled, Third));
        Assert.Equal(served, QueryTablesOfRun.Begin(served, null));
        Assert.Equal(promoted, QueryTablesOfRun.Begin(promoted, Second));
        Assert.Equal(finished, QueryTablesOfRun.Begin(finished, null));
        Assert.Contains(
            "finish that first",
            Assert.Throws<SettingsException>(() => QueryTablesOfRun.Begin(served, Third)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "name another",
            Assert.Throws<SettingsException>(() => QueryTablesOfRun.Begin(finished, Second)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "name another",
            Assert.Throws<SettingsException>(() => QueryTablesOfRun.Begin(new(), First with { Keys = 2 })).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_declared_tables_are_made_under_the_names_of_the_run()
    {
        var template = await Repository.ReadAsync("deploy/tables.template.json");
        string[] NamesOf(QueryTables tables) =>
            [.. tables.DeclarationsOf(template).Select(table => table.Name).Order(StringComparer.Ordinal)];
        var others = new TableNames();

        Assert.Equal(TablesTemplate.Read(template).Select(table => table.Name).Order(StringComparer.Ordinal), NamesOf(new()));
        Assert.Equal(
            [
                "command-records",
                "notification-records",
                "notification-records-2",
                "notification-records-2-checkpoints",
                "projection-failures",
                "stream-checkpoints",
            ],
            NamesOf(new() { Next = Second })
        );
        Assert.Equal(
            [
                "command-records",
                "notification-records-2",
                "notification-records-2-checkpoints",
                "projection-failures",
                "stream-checkpoints",
            ],
            NamesOf(
                new()
                {
                    Current = Second,
                    Next = Second,
                    Former = First,
                }
            )
        );
        Assert.Equal(
            (Second.Name, 4, others.CommandRecords),
            (Second.Among(others).NotificationRecords, Second.Among(others).KeySpread.Keys, Second.Among(others).CommandRecords)
        );
    }

    [Fact]
    public async Task Changes_made_at_the_same_time_are_made_one_after_the_other()
    {
        var path = Path.Combine(folder, "tables.json");
        await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(i => new QueryTablesFile(path).ChangeAsync(tables => tables with { ServesNext = !tables.ServesNext }, Token))
        );

        Assert.Equal((10, false), (new QueryTablesFile(path).Read().Revision, new QueryTablesFile(path).Read().ServesNext));
    }

    [Fact]
    public async Task The_file_shows_whether_the_system_has_carried_out_a_change()
    {
        var file = new QueryTablesFile(Path.Combine(folder, "tables.json"));
        var changed = await file.ChangeAsync(tables => tables with { Next = Second }, Token);
        Assert.False(await file.WaitUntilAppliedAsync(changed, TimeSpan.Zero, Token));

        await file.ApplyAsync(changed.Revision, Token);

        Assert.True(await file.WaitUntilAppliedAsync(changed, TimeSpan.Zero, Token));
        Assert.Equal(Second, file.Read().Next);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_named_with_the_fix()
    {
        var path = Path.Combine(folder, "tables.json");
        File.WriteAllText(path, "{");

        Assert.StartsWith(
            $"{path} does not contain the list of query tables: delete it",
            Assert.Throws<IOException>(() => new QueryTablesFile(path).Read()).Message,
            StringComparison.Ordinal
        );
    }
}
