using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using NotifyQuery.AppHost.Backends;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.NextTables;

namespace NotifyQuery.AppHost.NextTables;

/// <summary>The settings <c>NotifyQuery:NextTable</c> and <c>NotifyQuery:NextTable:KeySpread</c>.</summary>
internal static partial class NextTableSetting
{
    /// <summary>The table; null if the setting is missing.</summary>
    /// <exception cref="SettingsException">A table cannot have this name or this number of keys, or the backend is an account.</exception>
    public static QueryTable? Read(IConfigurationSection section, BackendKind backend)
    {
        if (section["NextTable"] is not { Length: > 0 } name)
        {
            return section["NextTable:KeySpread"] is null
                ? null
                : throw new SettingsException(
                    "NotifyQuery:NextTable:KeySpread is set, but there is no next table: name it with --NotifyQuery:NextTable=<name>."
                );
        }

        if (backend is BackendKind.Aws)
        {
            throw new SettingsException(
                "NotifyQuery:NextTable is for a local system: in an AWS account, use 'deploy/deploy.sh next-table'."
            );
        }

        if (!TableName().IsMatch(name))
            throw new SettingsException(
                $"NotifyQuery:NextTable is '{name}': a table's name has 3 to 240 letters, digits, '_', '-' or '.'."
            );
        var others = new TableNames();
        if (((string[])[others.CommandRecords, others.ProjectionFailures, others.StreamCheckpoints]).Contains(name))
            throw new SettingsException($"NotifyQuery:NextTable is '{name}': another table has that name.");
        var spread = section["NextTable:KeySpread"];
        if (spread is null)
            return new(name, QueryTable.Declared.Keys);
        return int.TryParse(spread, NumberStyles.None, CultureInfo.InvariantCulture, out var keys) && keys is >= 1 and <= KeySpread.Maximum
            ? new(name, keys)
            : throw new SettingsException(
                $"NotifyQuery:NextTable:KeySpread is '{spread}': give a number of keys from 1 to {KeySpread.Maximum}."
            );
    }

    // Shorter than DynamoDB allows, because the name of the second event source's table of checkpoints is derived from it.
    [GeneratedRegex("^[A-Za-z0-9_.-]{3,240}$")]
    private static partial Regex TableName();
}
