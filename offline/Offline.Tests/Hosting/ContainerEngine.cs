using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;

namespace Offline.Tests.Hosting;

/// <summary>
/// A real container runtime with one small image: the machine's own Docker where it answers, else a dockerd of this run's, with folders
/// of its own, which needs root and is ended with the tests. The image is made of a static busybox of the machine: no registry is asked.
/// </summary>
public sealed class ContainerEngine : IAsyncLifetime
{
    public const string Image = "offline-tests/busybox";
    public const string Tag = "1";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dockerd");
    private readonly Lock _gate = new();
    private readonly List<string> _log = [];
    private Process? _dockerd;

    /// <summary>Why there is no runtime here.</summary>
    public string? Missing { get; private set; }

    /// <summary>The command that leads to this runtime.</summary>
    public string Command { get; private set; } = "docker";

    public async ValueTask InitializeAsync()
    {
        var busybox = ((string[])["/bin/busybox", "/usr/bin/busybox"]).FirstOrDefault(File.Exists);
        Missing = !OperatingSystem.IsLinux() ? "this test of real containers is for Linux"
            : busybox is null ? "there is no busybox to make an image of: install busybox-static"
            : await IsThereAsync("docker") ? null
            : Environment.UserName != "root" ? "no Docker answers, and only root can start one"
            : await StartAsync();
        if (Missing is null) await MakeImageAsync(busybox!);
    }

    public async ValueTask DisposeAsync()
    {
        if (Missing is null) await RunAsync("image", "rm", "--force", $"{Image}:{Tag}");
        if (_dockerd is { } dockerd)
        {
            using var kill = Process.Start("kill", ["-TERM", dockerd.Id.ToString(CultureInfo.InvariantCulture)]);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            try
            {
                await dockerd.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                dockerd.Kill(entireProcessTree: true);
                await dockerd.WaitForExitAsync(CancellationToken.None);
            }

            dockerd.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    /// <summary>Runs a command of the runtime's.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, (await output + await errors).Trim());
    }

    private static async Task<bool> IsThereAsync(string command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, ["ps", "--quiet"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            await process.WaitForExitAsync(CancellationToken.None);
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Without iptables, which many a sandbox lacks: ports are forwarded by docker-proxy, and the host's rules are left alone.</summary>
    private async Task<string?> StartAsync()
    {
        var socket = $"unix://{_folder.FullName}/sock";
        try
        {
            _dockerd = Process.Start(new ProcessStartInfo("dockerd",
            [
                "--data-root", Path.Combine(_folder.FullName, "data"), "--exec-root", Path.Combine(_folder.FullName, "exec"),
                "--pidfile", Path.Combine(_folder.FullName, "pid"), "--host", socket, "--storage-driver", "vfs",
                "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
            ]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "neither Docker nor dockerd is installed: install docker.io";
        }

        _dockerd.OutputDataReceived += Keep;
        _dockerd.ErrorDataReceived += Keep;
        _dockerd.BeginOutputReadLine();
        _dockerd.BeginErrorReadLine();

        // A command of its own, so that nothing but the tests that ask for it meets this runtime.
        var command = Path.Combine(_folder.FullName, "docker");
        await File.WriteAllTextAsync(command, $"#!/bin/sh\nexec docker --host '{socket}' \"$@\"\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var started = Stopwatch.GetTimestamp();
        while (!await IsThereAsync(command))
        {
            if (_dockerd.HasExited || Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(1))
            {
                lock (_gate) return $"dockerd does not start here: {_log.LastOrDefault()}";
            }

            await Task.Delay(100);
        }

        Command = command;
        return null;

        void Keep(object sender, DataReceivedEventArgs line)
        {
            if (line.Data is null) return;
            lock (_gate) _log.Add(line.Data);
        }
    }

    private async Task MakeImageAsync(string busybox)
    {
        var file = Path.Combine(_folder.FullName, "image.tar");
        await using (var tar = new TarWriter(File.Create(file)))
        {
            await tar.WriteEntryAsync(busybox, "bin/busybox");
            foreach (var name in (string[])["sh", "httpd", "sleep"])
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, $"bin/{name}") { LinkName = "busybox" });
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "www/health") { DataStream = new MemoryStream("fine"u8.ToArray()) });
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, "tmp"));
        }

        var (exitCode, output) = await RunAsync("import", file, $"{Image}:{Tag}");
        if (exitCode != 0) Missing = $"the image cannot be made: {output}";
    }
}
