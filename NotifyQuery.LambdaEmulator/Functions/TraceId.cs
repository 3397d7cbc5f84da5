using System.Diagnostics;
using System.Globalization;

namespace NotifyQuery.LambdaEmulator.Functions;

/// <summary>AWS X-Ray's trace header: Root=1-time-id;Parent=id;Sampled=0|1.</summary>
internal static class TraceId
{
    /// <summary>The trace of the caller if it sent one, otherwise a new trace.</summary>
    public static string For(string? callers, DateTimeOffset now)
    {
        string? root = null,
            parent = null,
            sampled = null;
        foreach (var part in (callers ?? "").Split(';', StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith("Root=1-", StringComparison.Ordinal))
                root = part;
            else if (part.StartsWith("Parent=", StringComparison.Ordinal))
                parent = part;
            else if (part is "Sampled=0" or "Sampled=1")
                sampled = part;
        }

        root ??= string.Create(
            CultureInfo.InvariantCulture,
            $"Root=1-{now.ToUnixTimeSeconds():x8}-{ActivityTraceId.CreateRandom().ToHexString()[8..]}"
        );
        parent ??= $"Parent={ActivitySpanId.CreateRandom().ToHexString()}";
        return $"{root};{parent};{sampled ?? "Sampled=1"}";
    }
}
