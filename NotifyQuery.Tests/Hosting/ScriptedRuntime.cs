namespace NotifyQuery.Tests.Hosting;

/// <summary>A command in place of a container runtime's.</summary>
internal sealed class ScriptedRuntime : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("runtime");

    public ScriptedRuntime(string script)
    {
        File.WriteAllText(Command, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Command, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public string Command => Path.Combine(folder.FullName, "docker");

    public void Dispose() => folder.Delete(recursive: true);
}
