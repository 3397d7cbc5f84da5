namespace Amazon.Lambda.TestTool.Emulator;

internal sealed record EmulatorOptions
{
    /// <summary>AWS's limit of a synchronous payload, either way.</summary>
    public const int MaxPayload = 6 * 1024 * 1024;

    public string Host { get; init; } = "localhost";

    public int Port { get; init; }

    /// <summary>How long an invocation waits for a function of which no process is connected: it may be just starting.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a function may take; AWS's longest, since a debugger may sit in it.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Waiting invocations of one function; and asynchronous ones of all functions.</summary>
    public int MaxQueued { get; init; } = 1000;

    /// <summary>Pauses before the retries of an asynchronous invocation. AWS makes as many, after one and two minutes.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; init; } = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)];

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
