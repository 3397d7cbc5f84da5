using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace NotifyQuery.ServiceDefaults;

/// <summary>
/// How long each hop of the read side waits, from the gateway to the table. Each limit fits inside the one before it, so that whoever
/// waits hears why there is no answer before it gives up itself. Every process takes its own from here.
/// </summary>
public static class ReadTimeLimits
{
    /// <summary>The gateway's integration timeout. AWS allows an HTTP API 30 s.</summary>
    public static readonly TimeSpan Gateway = TimeSpan.FromSeconds(29);

    /// <summary>The timeout of the Query function itself, as it is deployed.</summary>
    public static readonly TimeSpan QueryFunction = TimeSpan.FromSeconds(25);

    /// <summary>How long the Query function waits for the Handler: <c>Handler:TimeoutSeconds</c>.</summary>
    public static readonly TimeSpan Handler = TimeSpan.FromSeconds(20);

    /// <summary>How long the Handler tries to have a page, all attempts together: <c>QueryResult:TimeoutSeconds</c>.</summary>
    public static readonly TimeSpan Read = TimeSpan.FromSeconds(15);

    /// <summary>How long the Handler waits for one invocation: <c>QueryResult:AttemptSeconds</c>.</summary>
    public static readonly TimeSpan Invocation = TimeSpan.FromSeconds(12);

    /// <summary>The timeout of the QueryResult function itself, as it is deployed.</summary>
    public static readonly TimeSpan QueryResultFunction = TimeSpan.FromSeconds(11);

    /// <summary>How long the QueryResult function reads for one page: <c>Table:TimeoutSeconds</c>.</summary>
    public static readonly TimeSpan Table = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the QueryResult function waits for one Query of DynamoDB, the SDK's own pauses between its tries (up to 3 s) with it:
    /// <c>Table:AttemptSeconds</c>.
    /// </summary>
    public static readonly TimeSpan TableAttempt = TimeSpan.FromSeconds(4);

    /// <summary>Reads a setting in seconds.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="key">The setting.</param>
    /// <param name="standard">What it is when it is not set.</param>
    /// <param name="within">The limit that it must fit into.</param>
    /// <param name="outer">What that limit is called.</param>
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
