using System.Globalization;
using System.Text.Json;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Tables;

namespace NotifyQuery.Operations.NextTables;

/// <summary>A query table of a local system.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Keys">The number of keys over which it spreads a campaign, and a status on a day.</param>
public sealed record QueryTable(string Name, int Keys)
{
    /// <summary>The table that <c>deploy/tables.template.json</c> declares.</summary>
    public static QueryTable Declared { get; } = new(new TableNames().NotificationRecords, TablesTemplate.DeclaredKeySpread.Keys);

    /// <summary>The names of the tables with this one as the query table.</summary>
    /// <param name="others">The other tables.</param>
    public TableNames Among(TableNames others) => others with { NotificationRecords = Name, KeySpread = KeySpread.Over(Keys) };

    /// <summary>The text in messages.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} ({Keys} keys)");
}

/// <summary>
/// The query tables of a local system. For a stack, the parameters QueryTable, NextQueryTable and ServedQueryTable of
/// <c>deploy/stack.template.yaml</c> have the same information.
/// </summary>
public sealed record QueryTables
{
    /// <summary>The table that the StreamProcessor writes.</summary>
    public QueryTable Current { get; init; } = QueryTable.Declared;

    /// <summary>
    /// The table that a second processor writes, too; null if there is none. After <c>promote</c> it is the current one.
    /// </summary>
    public QueryTable? Next { get; init; }

    /// <summary>Whether queries are answered from the next table.</summary>
    public bool ServesNext { get; init; }

    /// <summary>The table that was the current one before <c>promote</c>, until it is deleted.</summary>
    public QueryTable? Former { get; init; }

    /// <summary>Counts the changes, to check whether the system has carried out the last one.</summary>
    public long Revision { get; init; }

    /// <summary>The table from which queries are answered.</summary>
    public QueryTable Served => ServesNext && Next is { } next ? next : Current;

    /// <summary>Whether the next table has become the current one.</summary>
    public bool IsPromoted => Next is not null && Next == Current;
}

/// <summary>
/// Stores the list of a local system's query tables in a file that the AppHost and the operator's tools share. In a second file, the
/// AppHost
/// stores which change it has carried out.
/// </summary>
/// <param name="path">The file.</param>
public sealed class QueryTablesFile(string path)
{
    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>The path of the file.</summary>
    public string Path => path;

    private string AppliedPath => path + ".applied";

    /// <summary>Reads the file; returns the declared table if there is no file yet.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public QueryTables Read()
    {
        if (!File.Exists(path))
            return new();
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), OperationsJson.Default.QueryTables)
                ?? throw new JsonException("it is null");
        }
        catch (JsonException exception)
        {
            throw new IOException(
                $"{path} does not contain the list of query tables: delete it to start with {QueryTable.Declared}. {exception.Message}",
                exception
            );
        }
    }

    /// <summary>Changes it, one change at a time.</summary>
    /// <param name="change">Returns the new state for the old one; may refuse with an exception.</param>
    /// <param name="cancellationToken">Ends the wait for another change.</param>
    public async Task<QueryTables> ChangeAsync(Func<QueryTables, QueryTables> change, CancellationToken cancellationToken)
    {
        await using var alone = await LockAsync(cancellationToken).ConfigureAwait(false);
        var before = Read();
        var after = change(before) with { Revision = before.Revision + 1 };
        await ReplaceAsync(path, JsonSerializer.SerializeToUtf8Bytes(after, OperationsJson.Default.QueryTables), cancellationToken)
            .ConfigureAwait(false);
        return after;
    }

    /// <summary>Stores that the system has carried out this revision.</summary>
    public Task ApplyAsync(long revision, CancellationToken cancellationToken) =>
        ReplaceAsync(AppliedPath, System.Text.Encoding.ASCII.GetBytes(revision.ToString(CultureInfo.InvariantCulture)), cancellationToken);

    /// <summary>The revision that the system has carried out; null if there is none yet.</summary>
    public long? Applied() =>
        File.Exists(AppliedPath)
        && long.TryParse(File.ReadAllText(AppliedPath), NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : null;

    /// <summary>Waits until the system has carried out a change.</summary>
    /// <returns>Whether it has, within the limit.</returns>
    public async Task<bool> WaitUntilAppliedAsync(QueryTables state, TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (Applied() is not { } applied || applied < state.Revision)
        {
            if (TimeProvider.System.GetElapsedTime(started) > limit)
                return false;
            await Task.Delay(LookAgainAfter, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (TimeProvider.System.GetElapsedTime(started) < LockLimit)
            {
                await Task.Delay(LookAgainAfter, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // Completely or not at all: a reader at this moment sees either the old or the new file.
    private static async Task ReplaceAsync(string file, byte[] content, CancellationToken cancellationToken)
    {
        var temporary = file + ".new";
        await File.WriteAllBytesAsync(temporary, content, cancellationToken).ConfigureAwait(false);
        File.Move(temporary, file, overwrite: true);
    }
}
