#nullable enable
using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport.Client;

namespace Amazon.Lambda.RuntimeSupport.Logging;

/// <summary>
/// The logger of ILambdaContext.Logger, LambdaLogger and Console.WriteLine: it adds the time, the request id and the level to
/// every line.
/// </summary>
internal sealed class RuntimeLogger(TextWriter output, LogFormat format, LogLevel minimum) : ILambdaLogger
{
    private static readonly AsyncLocal<LambdaContext?> Running = new();
    private static readonly Lazy<RuntimeLogger> Process = new(TakeOver);

    public static RuntimeLogger Instance => Process.Value;

    /// <summary>The invocation of the log lines. It flows with the handler, so concurrent invocations are not mixed up.</summary>
    public static LambdaContext? Invocation
    {
        set => Running.Value = value;
    }

    /// <summary>Redirects the console once per process, for any number of bootstraps.</summary>
    public static void TakeOverConsole() => _ = Process.Value;

    public void Log(string message) => output.Write(message);

    public void LogLine(string message) => Write(LogLevel.Information, null, message, null);

    public void Log(string level, string message) => Write(Parse(level), null, message, null);

    public void Log(string level, string message, params object[] args) => Write(Parse(level), null, message, args);

    public void Log(string level, Exception exception, string message, params object[] args) =>
        Write(Parse(level), exception, message, args);

    /// <summary>A line without a level (LambdaLogger.Log) is never filtered.</summary>
    public void Write(LogLevel? level, Exception? exception, string? message, object?[]? args)
    {
        if (level < minimum)
            return;
        var line = new LogLine(
            DateTime.UtcNow,
            Running.Value,
            level ?? LogLevel.Trace,
            exception,
            new MessageTemplate(message ?? "", args ?? [])
        );
        output.WriteLine(line.Format(format));
    }

    private static RuntimeLogger TakeOver()
    {
        var logger = new RuntimeLogger(
            Console.Out,
            ParseFormat(Setting("AWS_LAMBDA_HANDLER_LOG_FORMAT", "AWS_LAMBDA_LOG_FORMAT")),
            Parse(Setting("AWS_LAMBDA_HANDLER_LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL")) ?? LogLevel.Information
        );
        Console.SetOut(new ConsoleWriter(logger, Console.Out, LogLevel.Information));
        Console.SetError(new ConsoleWriter(logger, Console.Error, LogLevel.Error));
        LambdaLogger.Current = logger;
        return logger;
    }

    private static string? Setting(string first, string second) =>
        Environment.GetEnvironmentVariable(first) is { Length: > 0 } value ? value : Environment.GetEnvironmentVariable(second);

    private static LogLevel? Parse(string? level) =>
        level?.ToUpperInvariant() switch
        {
            "TRACE" => LogLevel.Trace,
            "DEBUG" => LogLevel.Debug,
            "INFORMATION" => LogLevel.Information,
            "WARNING" or "WARN" => LogLevel.Warning,
            "ERROR" => LogLevel.Error,
            "CRITICAL" or "FATAL" => LogLevel.Critical,
            _ => null,
        };

    private static LogFormat ParseFormat(string? name) =>
        name?.ToUpperInvariant() switch
        {
            "JSON" => LogFormat.Json,
            "UNFORMATTED" => LogFormat.Unformatted,
            _ => LogFormat.Default,
        };
}
