namespace Aspire.Hosting.Orchestration;

/// <summary>What to start.</summary>
internal sealed record ProcessSpec(string File, IReadOnlyList<string> Arguments, string? Directory, IReadOnlyDictionary<string, string> Environment);

/// <summary>A process that the orchestration process has started for us.</summary>
internal sealed class ChildProcess(int number, Action<string, bool> printed, Func<Request, Task> send)
{
    /// <summary>Reported when the end of the process is unknown, because the orchestration process was lost.</summary>
    public const int Lost = -1;

    private readonly TaskCompletionSource<int> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The process id; fails when the process could not be started.</summary>
    public Task<int> Started => _started.Task;

    /// <summary>The exit code, after all lines that were printed.</summary>
    public Task<int> Exited => _exited.Task;

    /// <summary>Asks the process and all that it started to end; they are killed when they do not follow.</summary>
    public Task StopAsync() => send(new StopChild(number));

    public void On(Notice notice)
    {
        switch (notice)
        {
            case ChildStarted started:
                _started.TrySetResult(started.ProcessId);
                break;
            case ChildNotStarted failed:
                _started.TrySetException(new DistributedApplicationException(failed.Reason));
                break;
            case ChildPrinted line:
                printed(line.Line, line.IsError);
                break;
            case ChildExited exited:
                _exited.TrySetResult(exited.ExitCode);
                break;
        }
    }

    public void OnLost()
    {
        _started.TrySetException(new DistributedApplicationException("The orchestration process has ended unexpectedly."));
        _exited.TrySetResult(Lost);
    }
}
