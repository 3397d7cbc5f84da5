using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.NextTables;

namespace NotifyQuery.AppHost.NextTables;

/// <summary>Which query tables this run has.</summary>
/// <param name="File">The file with the list of query tables; null if there is only the declared table.</param>
/// <param name="Temporary">The folder that is deleted with the run; null if the list outlives the run, as the tables do.</param>
internal sealed record QueryTablesOfRun(QueryTablesFile? File, string? Temporary = null) : IDisposable
{
    private const string FileName = "query-tables.json";

    /// <summary>The current query tables.</summary>
    public QueryTables Now => File?.Read() ?? new();

    /// <summary>The names of all tables, with the current query table.</summary>
    public TableNames Names => Now.Current.Among(new());

    /// <summary>
    /// Opens the list of query tables, and adds the next table of the settings. If that fails, returns the problem and the fix in one
    /// sentence.
    /// </summary>
    public static async Task<(QueryTablesOfRun? Tables, string? Problem)> TryOpenAsync(Settings settings)
    {
        try
        {
            return (await OpenAsync(settings), null);
        }
        catch (SettingsException exception)
        {
            return (null, exception.Message);
        }
    }

    private static async Task<QueryTablesOfRun> OpenAsync(Settings settings)
    {
        // If the tables outlive the run, the list of query tables does too.
        var kept = settings.Persist ? Path.Combine(settings.DataFolder, FileName) : null;
        if (settings.NextTable is null && (kept is null || !System.IO.File.Exists(kept)))
            return new((QueryTablesFile?)null);
        if (kept is not null)
            Directory.CreateDirectory(settings.DataFolder);
        var temporary = kept is null ? Directory.CreateTempSubdirectory("notifyquery-").FullName : null;
        var file = new QueryTablesFile(kept ?? Path.Combine(temporary!, FileName));
        try
        {
            var state = await file.ChangeAsync(tables => Begin(tables, settings.NextTable), CancellationToken.None);
            await file.ApplyAsync(state.Revision, CancellationToken.None); // all processes start with this state
        }
        catch (IOException exception)
        {
            throw new SettingsException($"The list of query tables cannot be read: {exception.Message}");
        }

        return new(file, temporary);
    }

    public void Dispose()
    {
        if (Temporary is not null && Directory.Exists(Temporary))
            Directory.Delete(Temporary, recursive: true);
    }

    /// <summary>The state at the start of a run.</summary>
    internal static QueryTables Begin(QueryTables kept, QueryTable? wanted)
    {
        if (wanted is null)
        {
            // A table that is served or promoted cannot be dropped. Any other next table is written only on request.
            return kept.ServesNext || kept.IsPromoted ? kept : kept with { Next = null };
        }

        if (kept.Next is { } next && (kept.ServesNext || kept.IsPromoted) && next != wanted)
        {
            throw new SettingsException(
                $"NotifyQuery:NextTable is {wanted}, but {next} is about to replace the query table: finish that first "
                    + "(notifyquery next-table finish)."
            );
        }

        if (kept.Current.Name == wanted.Name && !kept.IsPromoted)
            throw new SettingsException($"NotifyQuery:NextTable is {wanted.Name}: that is the current query table, name another.");
        return kept with { Next = wanted };
    }
}
