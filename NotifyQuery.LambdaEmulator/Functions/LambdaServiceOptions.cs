namespace NotifyQuery.LambdaEmulator.Functions;

internal sealed record LambdaServiceOptions
{
    /// <summary>AWS's limit of a synchronous payload, in both directions.</summary>
    public const int MaxPayload = 6 * 1024 * 1024;

    public string Host { get; init; } = "localhost";

    public int Port { get; init; }

    /// <summary>How long an invocation waits for a function without a connected process, because the process may be starting.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The time limit of a function. It is AWS's maximum, because the function may be in a debugger.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The maximum number of waiting invocations per function, and of asynchronous invocations of all functions.</summary>
    public int MaxQueued { get; init; } = 1000;

    /// <summary>The pauses before the retries of an asynchronous invocation. AWS also retries twice, after one and two minutes.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; init; } = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)];

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
