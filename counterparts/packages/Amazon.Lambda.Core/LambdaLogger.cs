namespace Amazon.Lambda.Core;

/// <summary>The process-wide logger. It writes to the console until RuntimeSupport replaces it with the function's logger.</summary>
public static class LambdaLogger
{
    internal static ILambdaLogger Current { get; set; } = new ConsoleLogger();

    public static void Log(string message) => Current.Log((string)null, message);

    public static void Log(string level, string message, params object[] args) => Current.Log(level, message, args);

    public static void Log(LogLevel level, string message, params object[] args) => Current.Log(level, message, args);

    public static void Log(string level, Exception exception, string message, params object[] args) =>
        Current.Log(level, exception, message, args);

    public static void Log(LogLevel level, Exception exception, string message, params object[] args) =>
        Current.Log(level, exception, message, args);

    private sealed class ConsoleLogger : ILambdaLogger
    {
        public void Log(string message) => Console.WriteLine(message);

        public void LogLine(string message) => Console.WriteLine(message);
    }
}
