using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Aspire.Hosting.Orchestration;

/// <summary>All that one AppHost has started. Ends with standard input, and leaves nothing behind.</summary>
internal sealed class Session(string id, NoticeWriter output)
{
    private static readonly TimeSpan s_containerRemoval = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_workEnd = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<int, Child> _children = new();
    private readonly ConcurrentDictionary<string, string> _containers = new();
    private readonly List<Task> _work = [];

    public async Task RunAsync(Stream requests)
    {
        using var end = new CancellationTokenSource();
        try
        {
            using var lines = new StreamReader(requests, Encoding.UTF8);
            while (await lines.ReadLineAsync() is { } line)
            {
                if (line.Length > 0 && JsonSerializer.Deserialize(line, ProtocolJson.Default.Request) is { } request)
                    Handle(request, end.Token);
            }
        }
        finally
        {
            await end.CancelAsync();
            await KillAllAsync();
            await RemoveContainersAsync();
            await EndWorkAsync();
        }
    }

    private void Handle(Request request, CancellationToken cancellationToken)
    {
        _work.RemoveAll(task => task.IsCompletedSuccessfully);
        switch (request)
        {
            case StartChild start:
                _work.Add(RunAsync(start, cancellationToken));
                break;
            case StopChild stop when _children.TryGetValue(stop.Child, out var child):
                _work.Add(child.StopAsync(cancellationToken));
                break;
            case TrackContainer track:
                _containers[track.Container] = track.Runtime;
                break;
            case ForgetContainer forget:
                _containers.TryRemove(forget.Container, out _);
                break;
        }
    }

    private async Task RunAsync(StartChild request, CancellationToken cancellationToken)
    {
        // The child is known before its first event is out: the next request may be to stop it.
        using var child = new Child(request, $"{id}/{request.Child}.", output);
        _children[request.Child] = child;
        await child.RunAsync(cancellationToken);
    }

    private async Task EndWorkAsync()
    {
        try
        {
            await Task.WhenAll(_work).WaitAsync(s_workEnd);
        }
        catch (OperationCanceledException)
        {
            // That is how forwarding and stopping end when the session does.
        }
        catch (TimeoutException)
        {
            // Something that shook off its mark and its parents still holds an output open. This process need not wait for it.
        }
    }

    private async Task KillAllAsync()
    {
        // Again and again: what is being killed may just be starting something.
        for (var round = 0; round < 100; round++)
        {
            var remaining = ProcessTree.Find($"{id}/", _children.Values.Select(child => child.ProcessId).OfType<int>());
            if (remaining.Count == 0)
                return;
            foreach (var process in remaining)
                Native.Kill(process);
            await Task.Delay(20);
        }
    }

    private async Task RemoveContainersAsync()
    {
        using var limit = new CancellationTokenSource(s_containerRemoval);
        foreach (var runtime in _containers.GroupBy(container => container.Value, container => container.Key))
        {
            var start = new ProcessStartInfo(runtime.Key, ["rm", "--force", "--volumes", .. runtime])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            try
            {
                using var process = Process.Start(start)!;
                await Task.WhenAll(
                    process.StandardOutput.ReadToEndAsync(limit.Token),
                    process.StandardError.ReadToEndAsync(limit.Token),
                    process.WaitForExitAsync(limit.Token));
            }
            catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or OperationCanceledException)
            {
                // The runtime has gone or does not answer. There is nobody left to tell, and the next run removes leftovers by their name.
            }
        }
    }
}
