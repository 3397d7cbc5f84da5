using System.Collections.Immutable;
using System.Diagnostics;
using OpenTelemetry;

namespace Offline.Tests.Aws;

/// <summary>Keeps the spans that were exported, and lets a test wait for those it looks for.</summary>
internal sealed class ExportedSpans : BaseExporter<Activity>
{
    private readonly Lock gate = new();
    private ImmutableArray<Activity> spans = [];
    private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool ShutDown { get; private set; }

    public ImmutableArray<Activity> Now
    {
        get
        {
            lock (gate)
                return spans;
        }
    }

    public override ExportResult Export(in Batch<Activity> batch)
    {
        TaskCompletionSource waiting;
        lock (gate)
        {
            foreach (var span in batch)
                spans = spans.Add(span);
            waiting = more;
            more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        waiting.SetResult();
        return ExportResult.Success;
    }

    public async Task<Activity> WaitForAsync(Func<Activity, bool> wanted)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (spans.FirstOrDefault(wanted) is { } span)
                    return span;
                next = more.Task;
            }
            await next.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
    }

    protected override bool OnShutdown(int timeoutMilliseconds) => ShutDown = true;
}
