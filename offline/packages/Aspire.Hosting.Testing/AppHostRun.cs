using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>One run of an AppHost's entry point, on a thread of its own, held back and observed at the points that matter to a test.</summary>
internal sealed class AppHostRun : BuilderInterception, IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_end = TimeSpan.FromSeconds(30);

    private readonly Assembly _assembly;
    private readonly string[] _args;
    private readonly Action<DistributedApplicationOptions, HostApplicationBuilderSettings> _configure;
    private readonly TaskCompletionSource<DistributedApplicationBuilder> _builder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _application = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _mayBuild = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private Task? _disposing;

    public AppHostRun(Assembly assembly, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configure)
    {
        _assembly = assembly;
        _args = args;
        _configure = configure;
        if (assembly.EntryPoint is not { } main)
            throw new InvalidOperationException($"The assembly '{assembly.GetName().Name}' has no entry point: give a type of the AppHost's assembly.");
        // A thread, not a task: a Main may well block for as long as the application runs.
        var thread = new Thread(() => Execute(main)) { IsBackground = true, Name = $"Main of {assembly.GetName().Name}" };
        thread.Start();
    }

    /// <summary>Fails as the entry point failed.</summary>
    public Task Ended => _ended.Task;

    public Task<DistributedApplicationBuilder> BuilderAsync(CancellationToken cancellationToken) =>
        ReachAsync(_builder.Task, "come to build its application", cancellationToken);

    public async Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        _mayBuild.TrySetResult(true);
        return new ObservedApplication(this, await ReachAsync(_application.Task, "build its application", cancellationToken).ConfigureAwait(false));
    }

    public override void OnBuilderCreating(DistributedApplicationOptions options, HostApplicationBuilderSettings settings)
    {
        // A Main usually passes its arguments on, but it need not.
        options.Args = options.Args?.SequenceEqual(_args) is true ? _args : [.. options.Args ?? [], .. _args];
        options.AssemblyName = _assembly.GetName().Name;
        options.DisableDashboard = true;
        options.EnableResourceLogging = true;
        settings.Args = options.Args;
        settings.ApplicationName = options.AssemblyName;
        if (AppHostMetadata.ProjectDirectory(_assembly) is { } directory)
        {
            if (Directory.Exists(directory))
                settings.ContentRootPath = directory;
            settings.Configuration!.AddInMemoryCollection(OfLaunchProfile(directory));
        }

        settings.Configuration!.AddInMemoryCollection(
        [
            new("DcpPublisher:ContainerRuntimeInitializationTimeout", "00:00:30"),
            new("DcpPublisher:RandomizePorts", "true"),
            new("DcpPublisher:WaitForResourceCleanup", "true"),
            new("ASPNETCORE_URLS", "http://localhost:8080"),
            new("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "http://localhost:4317"),
            new("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true"),
        ]);
        _configure(options, settings);
    }

    public override void OnBuilding(DistributedApplicationBuilder builder)
    {
        _builder.TrySetResult(builder);
        // Build is synchronous, and this is the thread of Main: it has nothing else to do.
        if (!_mayBuild.Task.GetAwaiter().GetResult())
            throw new HostAbortedException();
    }

    public override void OnBuilt(DistributedApplication application) => _application.TrySetResult(application);

    public ValueTask DisposeAsync()
    {
        lock (_gate)
            return new(_disposing ??= EndAsync());
    }

    private async Task EndAsync()
    {
        _mayBuild.TrySetResult(false);
        if (_application.Task.IsCompletedSuccessfully)
        {
            var application = await _application.Task.ConfigureAwait(false);
            try
            {
                application.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
            }
            catch (ObjectDisposedException)
            {
                // Main has been quicker.
            }
        }

        // How it ended was for StartAsync and StopAsync to tell; here it only has to have ended.
        await _ended.Task.WaitAsync(s_end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_application.Task.IsCompletedSuccessfully)
        {
            // A Main that has failed, or that never ran what it built, leaves this to us.
            var application = await _application.Task.ConfigureAwait(false);
            await application.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static Dictionary<string, string?> OfLaunchProfile(string directory)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (LaunchProfiles.Read(directory) is not { } settings)
            return values;
        var wanted = Environment.GetEnvironmentVariable("DOTNET_LAUNCH_PROFILE");
        var profile = wanted is not null && settings.Profiles.TryGetValue(wanted, out var named) ? named : settings.Profiles.Values.FirstOrDefault();
        foreach (var (name, value) in profile?.EnvironmentVariables ?? [])
        {
            values[name] = value;
            foreach (var prefix in new[] { "DOTNET_", "ASPNETCORE_" })
            {
                if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                    values[name[prefix.Length..]] = value;
            }
        }

        return values;
    }

    private void Execute(MethodInfo main)
    {
        try
        {
            Install(this);
            object?[] parameters = main.GetParameters().Length == 0 ? [] : [_args];
            main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, parameters, null);
            var name = _assembly.GetName().Name;
            _builder.TrySetException(new InvalidOperationException($"The entry point of '{name}' ended without building a distributed application."));
            _application.TrySetException(new InvalidOperationException($"The entry point of '{name}' ended without building its application."));
            _ended.TrySetResult();
        }
        catch (HostAbortedException)
        {
            _application.TrySetCanceled();
            _ended.TrySetResult();
        }
#pragma warning disable CA1031 // it goes to whoever waits for this run
        catch (Exception exception)
#pragma warning restore CA1031
        {
            var cause = exception is AggregateException { InnerExceptions: [var only] } ? only : exception;
            _builder.TrySetException(cause);
            _application.TrySetException(cause);
            _ended.TrySetException(cause);
        }

        // Not everything that can fail is waited for in each test.
        _ = _builder.Task.Exception;
        _ = _application.Task.Exception;
        _ = _ended.Task.Exception;
    }

    private async Task<T> ReachAsync<T>(Task<T> reached, string what, CancellationToken cancellationToken)
    {
        try
        {
            return await reached.WaitAsync(s_patience, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException(
                $"Timed out waiting for the entry point of '{_assembly.GetName().Name}' to {what} after {s_patience.TotalMinutes} minutes.");
        }
    }
}
