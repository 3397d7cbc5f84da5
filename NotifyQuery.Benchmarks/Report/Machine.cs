using System.Globalization;
using System.Runtime.InteropServices;

namespace NotifyQuery.Benchmarks.Report;

/// <summary>The machine on which the figures were measured.</summary>
/// <param name="Processor">The processor's name.</param>
/// <param name="Cores">The number of available cores.</param>
/// <param name="MemoryGigabytes">The memory.</param>
/// <param name="OperatingSystem">The operating system.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="Configuration">The build configuration.</param>
public sealed record Machine(
    string Processor,
    int Cores,
    double MemoryGigabytes,
    string OperatingSystem,
    string Runtime,
    string Configuration
)
{
    /// <summary>This machine.</summary>
    public static Machine This() =>
        new(
            ProcessorName(),
            Environment.ProcessorCount,
            Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30)),
            RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription,
            Repository.Configuration
        );

    /// <inheritdoc />
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Processor}, {Cores} cores, {MemoryGigabytes} GB, {OperatingSystem}, {Runtime}, {Configuration} build"
        );

    private static string ProcessorName()
    {
        const string Information = "/proc/cpuinfo";
        var line = File.Exists(Information)
            ? File.ReadLines(Information).FirstOrDefault(it => it.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?.Split(':', 2)[1].Trim() ?? $"{RuntimeInformation.ProcessArchitecture} processor";
    }
}
