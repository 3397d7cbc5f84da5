using System.Collections;
using System.Globalization;
using Aspire.Dashboard.Resources;
using Told = Aspire.Dashboard.Resources;

namespace Aspire.Hosting.Dashboard;

/// <summary>A resource's state in the form in which the dashboard gets it: without the values that are secret.</summary>
internal static class ResourceSnapshots
{
    public static Told.Resource Map(ResourceEvent state)
    {
        var snapshot = state.Snapshot;
        return new()
        {
            Name = state.Resource.Name,
            DisplayName = state.Resource.Name,
            Type = snapshot.ResourceType,
            State = snapshot.State?.Text,
            StateStyle = snapshot.State?.Style,
            Health = snapshot.HealthStatus?.ToString(),
            HealthReports = [.. snapshot.HealthReports.Select(report => new HealthReport(report.Name, report.Status?.ToString(), report.Description))],
            StartedMs = Milliseconds(snapshot.StartTimeStamp),
            StoppedMs = Milliseconds(snapshot.StopTimeStamp),
            ExitCode = snapshot.ExitCode,
            Urls = [.. snapshot.Urls.Where(url => !url.IsInactive && !url.IsInternal).OrderByDescending(url => url.DisplayProperties.SortOrder)
                .Select(url => new ResourceUrl(url.DisplayProperties.DisplayName is { Length: > 0 } name ? name : url.Name, url.Url))],
            Environment = [.. snapshot.EnvironmentVariables.OrderBy(variable => variable.Name, StringComparer.Ordinal).Select(Masked)],
            Properties = [.. snapshot.Properties.Select(property =>
                new NamedValue(property.Name, property.IsSensitive ? null : Text(property.Value), property.IsSensitive))],
            Commands = [.. snapshot.Commands.Where(command => command.Visibility.HasFlag(ResourceCommandVisibility.UI)).Select(command =>
                new ResourceCommand(command.Name, command.DisplayName, command.DisplayDescription, command.ConfirmationMessage, command.State.ToString(),
                    command.IsHighlighted, command.IconName))],
            Parent = snapshot.Relationships.FirstOrDefault(relationship => relationship.Type == "Parent")?.ResourceName,
            References = [.. snapshot.Relationships.Where(relationship => relationship.Type != "Parent").Select(relationship => relationship.ResourceName).Distinct()],
            Hidden = snapshot.IsHidden,
        };
    }

    private static NamedValue Masked(EnvironmentVariableSnapshot variable)
    {
        var secret = variable.IsSecret || SecretNames.IsOne(variable.Name);
        return new(variable.Name, secret ? null : variable.Value, secret);
    }

    private static double? Milliseconds(DateTime? time) =>
        time is { } value ? new DateTimeOffset(DateTime.SpecifyKind(value, DateTimeKind.Utc)).ToUnixTimeMilliseconds() : null;

    private static string? Text(object? value) => value switch
    {
        null => null,
        string text => text,
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable items => string.Join(' ', items.Cast<object?>()),
        _ => value.ToString(),
    };
}
