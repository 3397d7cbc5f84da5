using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB.Tables;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// The table names and the key spread of the query table, as declared in <c>deploy/tables.template.json</c>. A deployment can use other
/// table names (configuration section <c>Tables</c>), for example for the new query table of a rebuild.
/// </summary>
public sealed record TableNames
{
    /// <summary>The write side.</summary>
    public string CommandRecords { get; init; } = "command-records";

    /// <summary>The read side.</summary>
    public string NotificationRecords { get; init; } = "notification-records";

    /// <summary>
    /// How the shared keys of <see cref="NotificationRecords"/> are spread. This is a property of the table: writers and readers must use
    /// the same value.
    /// </summary>
    public KeySpread KeySpread { get; init; } = TablesTemplate.DeclaredKeySpread;

    /// <summary>Dead letters.</summary>
    public string ProjectionFailures { get; init; } = "projection-failures";

    /// <summary>The progress of the local event source.</summary>
    public string StreamCheckpoints { get; init; } = "stream-checkpoints";

    /// <summary>The configured names, and the declared names for the rest.</summary>
    /// <param name="configured">Looks up a configuration key, e.g. <c>Tables:NotificationRecords</c>.</param>
    /// <exception cref="InvalidOperationException">
    /// Two tables have the same name, so one would overwrite the other, or <c>Tables:KeySpread</c> is not a valid number of keys.
    /// </exception>
    public static TableNames From(Func<string, string?> configured)
    {
        var declared = new TableNames();
        var names = new TableNames
        {
            CommandRecords = configured("Tables:CommandRecords") ?? declared.CommandRecords,
            NotificationRecords = configured("Tables:NotificationRecords") ?? declared.NotificationRecords,
            KeySpread = configured("Tables:KeySpread") is { } spread ? ReadSpread(spread) : declared.KeySpread,
            ProjectionFailures = configured("Tables:ProjectionFailures") ?? declared.ProjectionFailures,
            StreamCheckpoints = configured("Tables:StreamCheckpoints") ?? declared.StreamCheckpoints,
        };
        string[] all = [names.CommandRecords, names.NotificationRecords, names.ProjectionFailures, names.StreamCheckpoints];
        if (all.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new InvalidOperationException(
                $"Two tables are named '{twice.Key}' (section Tables of the configuration): each table needs a different name"
            );
        }

        return names;
    }

    private static KeySpread ReadSpread(string text)
    {
        try
        {
            return KeySpread.Parse(text);
        }
        catch (FormatException exception)
        {
            throw new InvalidOperationException($"Tables:KeySpread is invalid: {exception.Message}", exception);
        }
    }
}
