using System.Diagnostics;

namespace Offline.OpenTelemetry;

internal static class SpanCallbacks
{
    /// <summary>Not recorded and not exported, and neither is what is started below it.</summary>
    public static void Drop(this Activity activity)
    {
        activity.IsAllDataRequested = false;
        activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }

    /// <summary>
    /// An activity without a source was not sampled: the framework made it only because somebody hears its events.
    /// </summary>
    public static bool IsSampled(this Activity activity) => activity.IsAllDataRequested && activity.Source.Name.Length > 0;

    /// <summary>
    /// Runs an application's callback in the middle of the framework's work, which must not fail with it: the error is
    /// reported on the span that the callback was to enrich.
    /// </summary>
    public static void Enrich<T>(this Activity activity, Action<Activity, T>? enrich, T subject)
    {
        try
        {
            enrich?.Invoke(activity, subject);
        }
        catch (Exception error)
        {
            activity.AddException(error);
        }
    }

    /// <summary>Whether a filter lets something be traced; one that throws does not.</summary>
    public static bool Allows<T>(this Func<T, bool>? filter, T subject)
    {
        try
        {
            return filter is null || filter(subject);
        }
        catch
        {
            return false;
        }
    }
}
