using System.Globalization;
using System.Text.Json;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Tables;

namespace NotifyQuery.Operations.NextTables;

/// <summary>A query table of a local system.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Keys">The number of keys over which the table spreads a campaign, or a status on one day.</param>
public sealed record QueryTable(string Name, int Keys)
{
    /// <summary>The table that <c>deploy/tables.template.json</c> declares.</summary>
    public static QueryTable Declared { get; } = new(new TableNames().NotificationRecords, TablesTemplate.DeclaredKeySpread.Keys);

    /// <summary>The names of all tables, with this one as the query table.</summary>
    /// <param name="others">The other tables.</param>
    public TableNames Among(TableNames others) => others with { NotificationRecords = Name, KeySpread = KeySpread.Over(Keys) };

    /// <summary>The text for messages.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} ({Keys} keys)");
}

/// <summary>
/// The query tables of a local system. The parameters QueryTable, NextQueryTable and ServedQueryTable of <c>deploy/stack.template.yaml</c>
/// hold the same information for a stack.
/// </summary>
public sealed record QueryTables
{
    /// <summary>The table that the StreamProcessor writes.</summary>
    public QueryTable Current { get; init; } = QueryTable.Declared;

    /// <summary>
    /// The table that a second processor writes; null if there is none. After <c>promote</c> it is also the current table.
    /// </summary>
    public QueryTable? Next { get; init; }

    /// <summary>Whether queries use the next table.</summary>
    public bool ServesNext { get; init; }

    /// <summary>The table that was current before <c>promote</c>, until it is deleted.</summary>
    public QueryTable? Former { get; init; }

    /// <summary>The number of changes. Shows whether the system has carried out the last change.</summary>
    public long Revision { get; init; }

    /// <summary>The table that queries use.</summary>
    public QueryTable Served => ServesNext && Next is { } next ? next : Current;

    /// <summary>Whether the next table has become the current one.</summary>
    public bool IsPromoted => Next is not null && Next == Current;
}

/// <summary>
/// Stores the list of query tables of a local system in a file that the AppHost and the tools share. In a second file, the AppHost stores
/// which revision it has carried out.
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
    /// <exception cref="IOException">The file cannot be read.</exception>
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

    /// <summary>Changes the list, one change at a time.</summary>
    /// <param name="change">Returns the new state for the current one, or refuses with an exception.</param>
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
    /// <returns>True if the system has carried out the change within the limit; otherwise false.</returns>
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

    // Atomic: a concurrent reader sees either the old or the new file.
    private static async Task ReplaceAsync(string file, byte[] content, CancellationToken cancellationToken)
    {
        var temporary = file + ".new";
        await File.WriteAllBytesAsync(temporary, content, cancellationToken).ConfigureAwait(false);
        File.Move(temporary, file, overwrite: true);
    }
}
