using System.ComponentModel;
using System.Diagnostics;

namespace Aspire.Hosting.Orchestration;

/// <summary>One started process: forwards its lines and its end, and can be stopped with all that it started.</summary>
internal sealed class Child(StartChild request, string mark, NoticeWriter output) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan s_drain = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private readonly Process _process = new();

    /// <summary>Known while it runs only: later the number may be another process'.</summary>
    public int? ProcessId { get; private set; }

    /// <summary>Completes when the process has ended and its end has been reported.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (Start() is { } failure)
        {
            await output.WriteAsync(new ChildNotStarted(request.Child, failure), cancellationToken);
            return;
        }

        ProcessId = _process.Id;
        await output.WriteAsync(new ChildStarted(request.Child, _process.Id), cancellationToken);
        // What the child started may keep its output open for longer than it lives; that must not hide its end.
        var printed = Task.WhenAll(
            ForwardAsync(_process.StandardOutput.BaseStream, isError: false, cancellationToken),
            ForwardAsync(_process.StandardError.BaseStream, isError: true, cancellationToken));
        await _process.WaitForExitAsync(cancellationToken);
        ProcessId = null;
        await Task.WhenAny(printed, Task.Delay(s_drain, cancellationToken));
        await output.WriteAsync(new ChildExited(request.Child, _process.ExitCode), cancellationToken);
        await printed;
    }

    /// <summary>SIGTERM to the process; once it has ended to whatever it left behind; SIGKILL to all that is still there after a while.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var asked = new HashSet<int>();
        var began = Stopwatch.GetTimestamp();
        while (Remaining() is { Count: > 0 } remaining)
        {
            var root = ProcessId;
            foreach (var process in remaining)
            {
                if (Stopwatch.GetElapsedTime(began) > s_patience)
                    Native.Kill(process);
                else if ((root is null || root == process) && asked.Add(process))
                    Native.Terminate(process);
            }

            await Task.Delay(s_look, cancellationToken);
        }
    }

    public void Dispose() => _process.Dispose();

    private HashSet<int> Remaining() => ProcessTree.Find(mark, ProcessId is { } root ? [root] : []);

    private string? Start()
    {
        var start = _process.StartInfo;
        start.FileName = request.File;
        start.WorkingDirectory = request.Directory ?? "";
        // Standard input would otherwise be ours, which is the lifeline.
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        if (OperatingSystem.IsWindows())
            start.CreateNewProcessGroup = true;
        foreach (var argument in request.Arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in request.Environment)
            start.Environment[name] = value;
        start.Environment[ProcessTree.Variable] = ProcessTree.Mark(mark);
        if (request.Directory is { Length: > 0 } directory && !Directory.Exists(directory))
            return $"the working directory '{directory}' does not exist";
        try
        {
            _process.Start();
            _process.StandardInput.Close();
            return null;
        }
        catch (Win32Exception exception)
        {
            return $"'{request.File}' could not be started: {Cause(exception)}";
        }
    }

    private static string Cause(Win32Exception exception)
    {
        const int NoSuchFile = 2, NotAllowed = 13;
        return exception.NativeErrorCode switch
        {
            NoSuchFile => "there is no such command in PATH, nor such a file",
            NotAllowed => "it is not executable",
            _ => exception.Message,
        };
    }

    private async Task ForwardAsync(Stream stream, bool isError, CancellationToken cancellationToken)
    {
        var lines = new LineReader(stream);
        try
        {
            while (await lines.ReadAsync(cancellationToken) is { } line)
                await output.WriteAsync(new ChildPrinted(request.Child, line, isError), cancellationToken);
        }
        catch (IOException)
        {
            // The other end of the pipe broke: there is nothing more to read.
        }
    }
}
