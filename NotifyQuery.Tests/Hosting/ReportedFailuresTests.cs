using System.Collections.Concurrent;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NotifyQuery.AppHost;
using NotifyQuery.Tests.EventSource;

namespace NotifyQuery.Tests.Hosting;

/// <summary>Failures in background tasks beside the start of the system are reported and end nothing else.</summary>
public sealed class ReportedFailuresTests : IAsyncDisposable
{
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DistributedApplication app;
    private readonly IResource withoutCommand;
    private readonly IResource failing;
    private readonly IResource working;

    public ReportedFailuresTests()
    {
        var builder = DistributedApplication.CreateBuilder(
            new DistributedApplicationOptions { AssemblyName = "NotifyQuery.AppHost", DisableDashboard = true }
        );
        withoutCommand = builder.AddResource(new Victim("without-command")).WithRestart().Resource;
        failing = builder
            .AddResource(new Victim("failing"))
            .WithRestart()
            .WithCommand(KnownResourceCommands.StartCommand, "Start", _ => throw new InvalidOperationException("a fault of the command"))
            .Resource;
        working = builder
            .AddResource(new Victim("working"))
            .WithRestart()
            .WithCommand(
                KnownResourceCommands.StartCommand,
                "Start",
                _ =>
                {
                    started.TrySetResult();
                    return Task.FromResult(CommandResults.Success());
                }
            )
            .Resource;
        app = builder.Build(); // not started: the test sets the states
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IHostApplicationLifetime Lifetime => app.Services.GetRequiredService<IHostApplicationLifetime>();

    private ResourceNotificationService Notifications => app.Services.GetRequiredService<ResourceNotificationService>();

    [Fact]
    public async Task A_restart_that_fails_is_reported_and_other_resources_are_restarted()
    {
        var log = new Log<CrashRestarts>();
        var restarts = new CrashRestarts(Notifications, app.Services.GetRequiredService<ResourceCommandService>(), Lifetime, log);
        await restarts.StartingAsync(Token);

        foreach (var resource in (IResource[])[withoutCommand, failing, working])
            await CrashAsync(resource);

        await started.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
        foreach (var name in (string[])["without-command", "failing"])
            await Eventually.TrueAsync(
                () => log.Errors.Any(error => error.StartsWith($"{name} could not be restarted", StringComparison.Ordinal)),
                $"the failed start of {name} is told"
            );
        Lifetime.StopApplication();
        await restarts.StoppingAsync(Token);
    }

    [Fact]
    public async Task A_report_that_cannot_be_written_is_logged_at_once_and_does_not_keep_the_system_from_stopping()
    {
        var log = new Log<ResourceReport>();
        using var output = new ClosedTerminal();
        var report = new ResourceReport(
            new(output),
            app.Services.GetRequiredService<DistributedApplicationModel>(),
            Notifications,
            app.Services.GetRequiredService<ResourceLoggerService>(),
            Lifetime,
            log
        );
        await report.StartingAsync(Token);

        await CrashAsync(working);

        await Eventually.TrueAsync(() => !log.Errors.IsEmpty, "it is told");
        Assert.Contains("no longer runs", Assert.Single(log.Errors), StringComparison.Ordinal);
        Lifetime.StopApplication();
        await report.StoppingAsync(Token);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task CrashAsync(IResource resource)
    {
        await Notifications.PublishUpdateAsync(resource, before => before with { State = KnownResourceStates.Running });
        await Notifications.PublishUpdateAsync(resource, before => before with { State = KnownResourceStates.Exited, ExitCode = 137 });
    }

    private sealed class Victim(string name) : Resource(name);

    private sealed class ClosedTerminal : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("the terminal is closed");
    }

    private sealed class Log<T> : ILogger<T>
    {
        public ConcurrentQueue<string> Errors { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (logLevel >= LogLevel.Error)
                Errors.Enqueue(formatter(state, exception));
        }
    }
}
