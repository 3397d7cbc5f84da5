using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Offline.Tests.Hosting;

/// <summary>A builder as an AppHost would have it, with what it logs kept instead of printed.</summary>
internal static class TestApplication
{
    public static IDistributedApplicationBuilder CreateBuilder(params string[] args) => CreateBuilder(out _, args);

    public static IDistributedApplicationBuilder CreateBuilder(out RecordedLogs logs, params string[] args)
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = args,
            AssemblyName = typeof(Projects.Hosting_SampleHost).Assembly.GetName().Name,
            ProjectDirectory = AppContext.BaseDirectory,
            DisableDashboard = true,
        });
        logs = new();
        builder.Services.AddLogging(logging => logging.ClearProviders());
        builder.Services.AddSingleton<ILoggerProvider>(logs);
        return builder;
    }

    public static async Task<string> LogOfAsync(this DistributedApplication application, IResource resource)
    {
        var text = new List<string>();
        await foreach (var lines in application.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync(resource))
            text.AddRange(lines.Select(line => line.Content));
        return string.Join('\n', text);
    }

    public static CustomResourceSnapshot StateOf(this DistributedApplication application, string name) =>
        application.ResourceNotifications.TryGetCurrentState(name, out var state) ? state.Snapshot : throw new InvalidOperationException($"{name} has no state");
}

internal sealed class RecordedLogs : ILoggerProvider
{
    private readonly Lock _gate = new();
    private readonly List<string> _entries = [];

    public override string ToString()
    {
        lock (_gate)
            return string.Join('\n', _entries);
    }

    public ILogger CreateLogger(string categoryName) => new Recorder(this, categoryName);

    public void Dispose() { }

    private sealed class Recorder(RecordedLogs owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (owner._gate)
                owner._entries.Add($"{logLevel} {category}: {formatter(state, exception)}");
        }
    }
}
