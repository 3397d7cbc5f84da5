using System.Runtime.InteropServices;

namespace Aspire.Hosting.Orchestration;

/// <summary>The <c>dotnet</c> command that runs this process. PATH may have another <c>dotnet</c>, or none.</summary>
internal static class DotNetHost
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        // …/shared/Microsoft.NETCore.App/<version>/
        var root = new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory()).Parent?.Parent?.Parent?.FullName;
        var candidate = System.IO.Path.Combine(root ?? "", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return File.Exists(candidate) ? candidate : "dotnet";
    }
}
