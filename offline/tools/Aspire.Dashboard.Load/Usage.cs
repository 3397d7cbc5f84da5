using System.Diagnostics;

namespace Aspire.Dashboard.Load;

/// <summary>What a process uses from now on.</summary>
internal sealed class Usage : IDisposable
{
    private readonly Process _process;
    private readonly TimeSpan _cpu;
    private readonly long _began = Stopwatch.GetTimestamp();

    private Usage(Process process)
    {
        _process = process;
        _cpu = process.TotalProcessorTime;
    }

    public static Usage? Of(int? processId) => processId is { } id ? new(Process.GetProcessById(id)) : null;

    public (double CpuPercent, double Megabytes, double PeakMegabytes) Read()
    {
        const double Megabyte = 1 << 20;
        _process.Refresh();
        return (100 * (_process.TotalProcessorTime - _cpu) / Stopwatch.GetElapsedTime(_began), _process.WorkingSet64 / Megabyte, _process.PeakWorkingSet64 / Megabyte);
    }

    public void Dispose() => _process.Dispose();
}
