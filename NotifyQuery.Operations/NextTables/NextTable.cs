using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Operations.Reports;

namespace NotifyQuery.Operations.NextTables;

/// <summary>The step is not allowed now. The message says why and what to do.</summary>
public sealed class NextTableRefusedException(string message) : Exception(message);

/// <summary>The result of a step.</summary>
/// <param name="Said">One sentence: what was done and what comes next.</param>
/// <param name="Tables">The query tables after the step.</param>
public sealed record NextTableStep(string Said, QueryTables Tables);

/// <summary>
/// Replaces the query table of a local system while it runs: the steps of <c>deploy.sh next-table</c>, <c>serve</c>, <c>promote</c> and
/// <c>finish</c>. Each step may be repeated.
/// </summary>
/// <param name="file">The list of the system's query tables.</param>
/// <param name="client">The engine.</param>
/// <param name="names">The names of the other tables.</param>
/// <param name="time">The clock.</param>
public sealed class NextTable(QueryTablesFile file, IAmazonDynamoDB client, TableNames names, TimeProvider time)
{
    private const string How = "start the system with --NotifyQuery:NextTable=<name>";

    /// <summary>How long the system may take for a change: two processes finish their running work and stop, and one starts.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>The query tables, their number of items, and the next step.</summary>
    public async Task<OperationReport> StatusAsync(CancellationToken cancellationToken)
    {
        var tables = file.Read();
        var rows = new List<string[]>();
        foreach (var table in ((QueryTable?[])[tables.Current, tables.IsPromoted ? null : tables.Next, tables.Former]).OfType<QueryTable>())
        {
            string[] roles =
            [
                .. table == tables.Current ? (string[])["current"] : [],
                .. table == tables.Next ? (string[])["next"] : [],
                .. table == tables.Served ? (string[])["served"] : [],
                .. table == tables.Former ? (string[])["former"] : [],
            ];
            var items = await ItemsAsync(table, cancellationToken).ConfigureAwait(false);
            rows.Add([table.Name, table.Keys.ToString(CultureInfo.InvariantCulture), string.Join(", ", roles), items]);
        }

        var said = tables switch
        {
            _ when tables.Revision > 0 && file.Applied() != tables.Revision =>
                "The last change is not carried out yet: is the system running?",
            { Former: not null, Next: null } => "The former table is not deleted yet: run finish.",
            { Next: null } => $"There is no next table: {How}.",
            { IsPromoted: true } => "Both processors write the current table: run finish to complete the replacement.",
            { ServesNext: true } =>
                "Queries are answered from the next table: promote makes it the current one, 'serve current' goes back.",
            _ => "Queries are answered from the current table: fill the next one, then 'serve next'.",
        };
        return new(said, [new ReportTable(["table", "keys", "role", "items"], rows), new ReportSentence(said)]);
    }

    /// <summary>Fills the next table from command-records. Continues where an earlier run stopped.</summary>
    /// <exception cref="NextTableRefusedException">There is no next table.</exception>
    public Task FillAsync(int segments, bool restart, ReconcileReport report, CancellationToken cancellationToken) =>
        ReconcilerOf(NextOf(file.Read())).RebuildAsync(segments, restart, report, cancellationToken);

    /// <summary>Switches queries to the next table if it agrees with command-records, or back to the current table.</summary>
    /// <exception cref="NextTableRefusedException">There is no next table, or it does not agree with command-records.</exception>
    public async Task<NextTableStep> ServeAsync(bool next, CancellationToken cancellationToken)
    {
        var before = file.Read();
        var table = NextOf(before);
        if (before.IsPromoted)
            throw new NextTableRefusedException($"{table.Name} is the current table already: run finish to complete the replacement.");
        if (next)
            await RequireAgreementAsync(table, "fill it", cancellationToken).ConfigureAwait(false);
        var after = await ChangeAsync(tables => tables with { ServesNext = next }, cancellationToken).ConfigureAwait(false);
        var goOn = next ? ": promote makes it the current table, 'serve current' goes back." : ".";
        return new($"Queries are answered from {after.Served}{goOn}", after);
    }

    /// <summary>
    /// Makes the next table the current one. From then on both processors write it, so no change between their positions in the stream is
    /// lost.
    /// </summary>
    /// <exception cref="NextTableRefusedException">There is no next table, or queries do not use it.</exception>
    public async Task<NextTableStep> PromoteAsync(CancellationToken cancellationToken)
    {
        var before = file.Read();
        var table = NextOf(before);
        if (before.IsPromoted)
            return new($"{table} is the current table: run finish to complete the replacement.", before);
        if (!before.ServesNext)
            throw new NextTableRefusedException($"Queries are not answered from {table.Name} yet: run 'serve next'.");
        var after = await ChangeAsync(
                tables => tables with { Former = tables.Current, Current = tables.Next!, ServesNext = false },
                cancellationToken
            )
            .ConfigureAwait(false);
        return new($"{after.Current} is the current table, and both processors write it: run finish to complete the replacement.", after);
    }

    /// <summary>
    /// Ends the replacement when the current table no longer needs the second processor. Stops the second processor, and deletes the former
    /// table and the second processor's checkpoints.
    /// </summary>
    /// <exception cref="NextTableRefusedException">
    /// There is nothing to finish, or the current table does not agree with command-records yet.
    /// </exception>
    public async Task<NextTableStep> FinishAsync(CancellationToken cancellationToken)
    {
        var tables = file.Read();
        if (tables.Former is null)
            NextOf(tables);
        if (tables is { Next: not null, IsPromoted: false })
            throw new NextTableRefusedException($"{tables.Next.Name} is not the current table yet: run promote first.");
        if (tables.Next is not null)
        {
            await RequireAgreementAsync(tables.Current, "wait until the processors have caught up", cancellationToken)
                .ConfigureAwait(false);
            tables = await ChangeAsync(now => now with { Next = null }, cancellationToken).ConfigureAwait(false);
        }

        await DeleteAsync(CheckpointsOf(tables.Current), cancellationToken).ConfigureAwait(false);
        if (tables.Former is not { } former)
            return new($"{tables.Current} is the only query table.", tables);
        await DeleteAsync(former.Name, cancellationToken).ConfigureAwait(false);
        tables = await file.ChangeAsync(now => now with { Former = null }, cancellationToken).ConfigureAwait(false);
        return new($"{tables.Current} is the only query table; {former.Name} is deleted.", tables);
    }

    /// <summary>The table with the second event source's checkpoints.</summary>
    public static string CheckpointsOf(QueryTable next) => next.Name + "-checkpoints";

    private static QueryTable NextOf(QueryTables tables) =>
        tables.Next ?? throw new NextTableRefusedException($"There is no next table: {How}.");

    private async Task<QueryTables> ChangeAsync(Func<QueryTables, QueryTables> change, CancellationToken cancellationToken)
    {
        var after = await file.ChangeAsync(change, cancellationToken).ConfigureAwait(false);
        return await file.WaitUntilAppliedAsync(after, Limit, cancellationToken).ConfigureAwait(false)
            ? after
            : throw new NextTableRefusedException(
                $"The system has not carried out the change within {Limit.TotalSeconds:0} s: see its log. It carries it out when it runs; "
                    + "'status' shows it."
            );
    }

    private async Task RequireAgreementAsync(QueryTable table, string cure, CancellationToken cancellationToken)
    {
        var report = new ReconcileReport();
        await ReconcilerOf(table).ReconcileAsync(new(), report, cancellationToken).ConfigureAwait(false);
        if (report.Agree)
            return;
        throw new NextTableRefusedException(
            $"{table.Name} does not agree with {names.CommandRecords}: {report.Summary().TrimEnd('.')}: {cure}, then try again."
        );
    }

    private Reconciler ReconcilerOf(QueryTable table) => new(client, table.Among(names), time);

    private async Task<string> ItemsAsync(QueryTable table, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.CountAsync(table.Name, cancellationToken).ConfigureAwait(false)).ToString(CultureInfo.InvariantCulture);
        }
        catch (ResourceNotFoundException)
        {
            return "missing";
        }
    }

    private async Task DeleteAsync(string table, CancellationToken cancellationToken)
    {
        try
        {
            await client.DeleteTableAsync(table, cancellationToken).ConfigureAwait(false);
        }
        catch (ResourceNotFoundException)
        {
            // An earlier finish has deleted it.
        }
    }
}
