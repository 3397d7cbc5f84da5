using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// The process beside the AppHost that owns all children (offline/tools/Aspire.Hosting.Orchestration). It is started with the first
/// child. Its standard input is the lifeline: once that closes, by us or by our death, it leaves nothing running.
/// </summary>
internal sealed class OrchestrationProcess(ILogger<OrchestrationProcess> logger) : IAsyncDisposable
{
    /// <summary>The AppHost's own settings: its children have theirs from the model.</summary>
    private static readonly string[] s_notInherited =
        ["ASPNETCORE_URLS", "DOTNET_LAUNCH_PROFILE", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "ASPIRE_LOGLEVEL"];

    private static readonly TimeSpan s_cleanUp = TimeSpan.FromSeconds(30);

    private readonly string _session = Guid.NewGuid().ToString("N");
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ConcurrentDictionary<int, ChildProcess> _children = new();
    private Process? _process;
    private Task _reading = Task.CompletedTask;
    private int _lastNumber;
    private bool _disposed;

    /// <summary>Starts a process; returns once it runs, or throws with the reason why it does not.</summary>
    public async Task<ChildProcess> StartAsync(ProcessSpec spec, Action<string, bool> printed, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _lastNumber);
        var child = new ChildProcess(number, printed, SendAsync);
        _children[number] = child;
        await SendAsync(new StartChild(number, spec.File, spec.Arguments, spec.Directory, spec.Environment)).ConfigureAwait(false);
        try
        {
            await child.Started.WaitAsync(cancellationToken).ConfigureAwait(false);
            return child;
        }
        catch (OperationCanceledException)
        {
            await child.StopAsync().ConfigureAwait(false);
            throw;
        }
        catch (DistributedApplicationException)
        {
            _children.TryRemove(number, out _);
            throw;
        }
    }

    /// <summary>Runs a process to its end.</summary>
    public async Task<(int ExitCode, IReadOnlyList<string> Output)> RunAsync(ProcessSpec spec, Action<string, bool>? printed,
        CancellationToken cancellationToken)
    {
        const int Kept = 100;
        var output = new Queue<string>();
        var child = await StartAsync(spec, (line, isError) =>
        {
            output.Enqueue(line);
            if (output.Count > Kept)
                output.Dequeue();
            printed?.Invoke(line, isError);
        }, cancellationToken).ConfigureAwait(false);
        try
        {
            var exitCode = await child.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
            return (exitCode, [.. output]);
        }
        catch (OperationCanceledException)
        {
            await child.StopAsync().ConfigureAwait(false);
            throw;
        }
    }

    public Task TrackAsync(string runtime, string container) => SendAsync(new TrackContainer(runtime, container));

    public Task ForgetAsync(string container) => SendAsync(new ForgetContainer(container));

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_disposed)
                return;
            _disposed = true;
            if (_process is not null)
                await CloseAsync(_process).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }

        await _reading.ConfigureAwait(false);
        _process?.Dispose();
    }

    private static async Task CloseAsync(Process process)
    {
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(s_cleanUp);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }
    }

    private async Task SendAsync(Request request)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_disposed)
                return;
            _process ??= Begin();
            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(request, ProtocolJson.Default.Request)).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has just ended; its children are told so by the reader of its output.
        }
        finally
        {
            _turn.Release();
        }
    }

    private Process Begin()
    {
        var process = Launch();
        _reading = Task.WhenAll(ReadNoticesAsync(process), ReadErrorsAsync(process));
        return process;
    }

    private Process Launch()
    {
        var path = AppHostMetadata.OrchestrationPath;
        if (!File.Exists(path))
            throw new DistributedApplicationException($"The orchestration process is not built: '{path}' does not exist. Rebuild the solution.");
        var start = new ProcessStartInfo(DotNetHost.Path, [path, _session])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            CreateNoWindow = true,
        };
        foreach (var name in s_notInherited)
            start.Environment.Remove(name);
        var process = Process.Start(start)!;
        process.StandardInput.AutoFlush = true;
        return process;
    }

    private async Task ReadNoticesAsync(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (JsonSerializer.Deserialize(line, ProtocolJson.Default.Notice) is not { } notice || !_children.TryGetValue(notice.Child, out var child))
                continue;
            child.On(notice);
            if (notice is ChildExited)
                _children.TryRemove(notice.Child, out _);
        }

        var orphans = !_children.IsEmpty && !_disposed;
        foreach (var child in _children.Values)
            child.OnLost();
        _children.Clear();
        if (!orphans)
            return;

        logger.LogError("The orchestration process has ended unexpectedly; the processes that it had started are being killed.");
        // A new one of the same session finds them by their mark, and its lifeline is cut at once.
        using var sweep = Launch();
        await Task.WhenAll(CloseAsync(sweep), sweep.StandardOutput.ReadToEndAsync(), sweep.StandardError.ReadToEndAsync()).ConfigureAwait(false);
        await _turn.WaitAsync().ConfigureAwait(false);
        _process = _disposed ? _process : null;
        _turn.Release();
    }

    private async Task ReadErrorsAsync(Process process)
    {
        while (await process.StandardError.ReadLineAsync().ConfigureAwait(false) is { } line)
            logger.LogError("Orchestration process: {Line}", line);
    }
}
