using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>A child process. Its output is read, and the last lines are stored for the message of a failure.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int FirstPort = 10_240;
    private const int EndOfPorts = 32_768;

    private const int KeptLines = 30;
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    // A random start: two processes that look for ports at the same time do not begin at the same port.
    private static int lastPort = Random.Shared.Next(EndOfPorts);

    private readonly Process process;
    private readonly Queue<string> lastLines = new();

    private ChildProcess(ProcessStartInfo start)
    {
        process = new Process { StartInfo = start };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    public static ChildProcess Start(
        string file,
        IEnumerable<string> arguments,
        string folder,
        IEnumerable<KeyValuePair<string, string?>>? environment = null
    )
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        return new(start);
    }

    /// <summary>
    /// A free port of the loopback address. It is below the ports that systems use for outgoing connections (from 32768 on Linux, 49152
    /// elsewhere): an outgoing connection could take a port of that range before the child process listens.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = FirstPort + (int)((uint)Interlocked.Increment(ref lastPort) % (EndOfPorts - FirstPort));
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException exception)
                when (exception.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                // in use: try the next port
            }
        }
    }

    /// <summary>Waits until the process responds. Throws with the last lines of output if the process ends first, or on timeout.</summary>
    /// <param name="answers">Sends a request to the process. A transport exception means "not yet".</param>
    /// <param name="limit">The timeout.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task WaitAsync(Func<CancellationToken, Task<bool>> answers, TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await AnswersAsync(answers, cancellationToken))
        {
            if (process.HasExited)
                throw new InvalidOperationException($"{Name} ended with {process.ExitCode}:\n{LastLines()}");
            if (Stopwatch.GetElapsedTime(started) > limit)
                throw new TimeoutException($"{Name} did not respond within {limit.TotalSeconds} s:\n{LastLines()}");
            await Task.Delay(5, cancellationToken);
        }
    }

    /// <summary>Stops the process as a service manager would (SIGTERM), and waits until it has ended. Returns the duration.</summary>
    public async Task<TimeSpan> StopAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        if (process.HasExited)
            return TimeSpan.Zero;
        if (OperatingSystem.IsWindows())
            process.Kill(entireProcessTree: true);
        else
            using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
                await kill.WaitForExitAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StopLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"{Name} did not end within {StopLimit.TotalSeconds} s after SIGTERM:\n{LastLines()}");
        }

        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Stops the process with SIGTERM, and waits until all its descendants have ended as well.</summary>
    /// <returns>
    /// The time until the last process except Aspire's orchestrator had ended, and the time until the orchestrator had ended, too.
    /// </returns>
    public async Task<(TimeSpan System, TimeSpan Orchestrator)> StopTreeAsync(CancellationToken cancellationToken)
    {
        var processes = ProcessTree.Read(process.Id).ToLookup(one => one.IsOrchestrator);
        var started = Stopwatch.GetTimestamp();
        await StopAsync(cancellationToken);
        await GoneAsync(processes[false]);
        var system = Stopwatch.GetElapsedTime(started);
        await GoneAsync(processes[true]);
        return (system, Stopwatch.GetElapsedTime(started));

        async Task GoneAsync(IEnumerable<ProcessSample> those)
        {
            // The name is compared too, because another process may have reused the id.
            while (
                those.FirstOrDefault(one => ProcessTree.Read(one.Id).Any(left => left.Id == one.Id && left.Name == one.Name)) is { } orphan
            )
            {
                if (Stopwatch.GetElapsedTime(started) > StopLimit)
                    throw new TimeoutException($"{orphan.Name} (process {orphan.Id}) is still running after the system ended");
                await Task.Delay(20, cancellationToken);
            }
        }
    }

    /// <summary>Kills a process that has nothing to lose.</summary>
    public async Task KillAsync()
    {
        if (process.HasExited)
            return;
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        process.Dispose();
    }

    private string Name => $"{Path.GetFileName(process.StartInfo.FileName)} {string.Join(' ', process.StartInfo.ArgumentList)}";

    private static async Task<bool> AnswersAsync(Func<CancellationToken, Task<bool>> answers, CancellationToken cancellationToken)
    {
        try
        {
            return await answers(cancellationToken);
        }
        catch (Exception exception)
            when (exception is HttpRequestException or IOException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            return false;
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
            return;
        lock (lastLines)
        {
            lastLines.Enqueue(line.Data);
            if (lastLines.Count > KeptLines)
                lastLines.Dequeue();
        }
    }

    private string LastLines()
    {
        lock (lastLines)
            return string.Join('\n', lastLines);
    }
}
