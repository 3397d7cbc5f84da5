using System.Diagnostics;
using System.Text;

namespace Counterparts.Tests.Lambda;

/// <summary>A process of its own that serves one of the functions of Lambda.SampleFunction.</summary>
internal sealed class FunctionProcess : IAsyncDisposable
{
    private readonly StringBuilder _output = new();
    private readonly Process _process;

    private FunctionProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public static FunctionProcess Start(Uri emulator, string name, string handler, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Counterparts.Lambda.SampleFunction.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["AWS_LAMBDA_RUNTIME_API"] = $"{emulator.Authority}/{name}",
                ["AWS_LAMBDA_FUNCTION_NAME"] = name,
                ["_HANDLER"] = handler,
            },
        };
        foreach (var (variable, value) in environment)
            start.Environment[variable] = value;
        return new FunctionProcess(start);
    }

    /// <summary>Waits for the process to end by itself, with all its output.</summary>
    public async Task<int> ExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
            return;
        lock (_output)
            _output.AppendLine(line.Data);
    }
}
