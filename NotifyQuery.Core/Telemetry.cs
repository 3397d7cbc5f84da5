using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace NotifyQuery.Core;

/// <summary>The names of the system's own spans and instruments.</summary>
public static class Telemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "NotifyQuery";

    /// <summary>The activity source of the system's own spans.</summary>
    public static readonly ActivitySource Source = new(Name);

    internal static readonly Meter Meter = new(Name);

    /// <summary>Stream records that were stored as dead letters in projection-failures, by <c>error.type</c>.</summary>
    public static readonly Counter<long> DeadLetters = Meter.CreateCounter<long>(
        "notifyquery.projection.dead_letters",
        "{record}",
        "Stream records stored as dead letters in projection-failures, by error type."
    );

    /// <summary>Items of notification-records that are not valid notifications and were left out of a page.</summary>
    public static readonly Counter<long> UnreadableItems = Meter.CreateCounter<long>(
        "notifyquery.query.unreadable_items",
        "{item}",
        "Items of notification-records that are not valid notifications and were left out of a page."
    );

    /// <summary>Seconds from the commit of a command until its change was applied to notification-records.</summary>
    internal static readonly Histogram<double> ProjectionLag = Meter.CreateHistogram<double>(
        "notifyquery.projection.lag",
        "s",
        "Time from the commit of a command until its change was applied to notification-records.",
        advice: new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600] }
    );

    /// <summary>Stream records by outcome.</summary>
    internal static readonly Counter<long> ProjectionRecords = Meter.CreateCounter<long>(
        "notifyquery.projection.records",
        "{record}",
        "Stream records by outcome: applied, stale, dead_letter, failed."
    );
}
