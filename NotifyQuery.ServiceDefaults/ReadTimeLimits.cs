using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace NotifyQuery.ServiceDefaults;

/// <summary>
/// The timeout of each hop of the read side, from the gateway to the table. Each one is shorter than the one before it, so that every
/// caller receives the reason for a failure before its own timeout. Every process uses these values.
/// </summary>
public static class ReadTimeLimits
{
    /// <summary>The gateway's integration timeout. The maximum for an HTTP API is 30 s.</summary>
    public static readonly TimeSpan Gateway = TimeSpan.FromSeconds(29);

    /// <summary>The configured timeout of the Query function.</summary>
    public static readonly TimeSpan QueryFunction = TimeSpan.FromSeconds(25);

    /// <summary>The timeout of the Query function's request to the Handler: <c>Handler:TimeoutSeconds</c>.</summary>
    public static readonly TimeSpan Handler = TimeSpan.FromSeconds(20);

    /// <summary>The Handler's time limit for a page, including all attempts: <c>QueryResult:TimeoutSeconds</c>.</summary>
    public static readonly TimeSpan Read = TimeSpan.FromSeconds(15);

    /// <summary>The Handler's timeout for one invocation: <c>QueryResult:AttemptSeconds</c>.</summary>
    public static readonly TimeSpan Invocation = TimeSpan.FromSeconds(12);

    /// <summary>The configured timeout of the QueryResult function.</summary>
    public static readonly TimeSpan QueryResultFunction = TimeSpan.FromSeconds(11);

    /// <summary>The QueryResult function's time limit for reading one page: <c>Table:TimeoutSeconds</c>.</summary>
    public static readonly TimeSpan Table = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The QueryResult function's timeout for one DynamoDB Query, including the pauses between the SDK's attempts (up to 3 s):
    /// <c>Table:AttemptSeconds</c>.
    /// </summary>
    public static readonly TimeSpan TableAttempt = TimeSpan.FromSeconds(4);

    /// <summary>Reads a setting in seconds.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="key">The setting.</param>
    /// <param name="standard">The default value.</param>
    /// <param name="within">The outer limit, which must be longer.</param>
    /// <param name="outer">The name of the outer limit.</param>
    public static TimeSpan Seconds(this IConfiguration configuration, string key, TimeSpan standard, TimeSpan within, string outer)
    {
        if (configuration[key] is not { } text)
            return standard;
        return
            double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds >= 0.01
            && seconds < within.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new InvalidOperationException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{key} is '{text}': give seconds, at least 0.01 and less than {within.TotalSeconds:0.###}, which is {outer}"
                )
            );
    }
}
