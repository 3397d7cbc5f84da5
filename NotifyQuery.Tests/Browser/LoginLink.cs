using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.Tests.Browser;

/// <summary>Reads the login link where a person does: from what the AppHost prints.</summary>
public sealed partial class LoginLink : ILoggerProvider, ILogger
{
    private readonly TaskCompletionSource<string> link = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The link, once it is printed.</summary>
    public Task<string> Printed => link.Task;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel is LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (Line().Match(formatter(state, exception)) is { Success: true } match)
            link.TrySetResult(match.Groups[1].Value);
    }

    public void Dispose() { }

    [GeneratedRegex(@"Login to the dashboard at (\S+)")]
    private static partial Regex Line();
}
