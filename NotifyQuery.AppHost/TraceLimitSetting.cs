using System.Globalization;

namespace NotifyQuery.AppHost;

/// <summary>The setting <c>NotifyQuery:TracesPerSecond</c>: how many new traces each process records per second.</summary>
internal static class TraceLimitSetting
{
    private const string Key = "NotifyQuery:TracesPerSecond";
    private const string Variable = "Telemetry__TracesPerSecond";

    // Far more than a person causes by hand. The dashboard stores each span in a database: at 200 requests per second, storing all of them
    // would take more processor time than the requests.
    private const int Standard = 20;

    /// <summary>The limit; null for none.</summary>
    /// <exception cref="SettingsException">The setting is not a number.</exception>
    public static int? Read(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return Standard;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit))
            throw new SettingsException($"{Key} is '{text}': give a number of traces, or 0 to record every trace.");
        return limit == 0 ? null : limit;
    }

    /// <summary>Passes the limit to every process that was added so far.</summary>
    public static void LimitTraces(this IDistributedApplicationBuilder builder, int? perSecond)
    {
        if (perSecond is not { } limit)
            return;
        foreach (var project in builder.Resources.OfType<ProjectResource>().ToList())
            builder.CreateResourceBuilder(project).WithEnvironment(Variable, limit.ToString(CultureInfo.InvariantCulture));
    }
}
