using System.Diagnostics;
using System.Globalization;

namespace Offline.Tests.Hosting;

/// <summary>The sample AppHost as a process of its own, ended in all the ways in which one may end.</summary>
public sealed class AppHostProcessTests
{
    [Theory]
    [InlineData("-KILL")]
    [InlineData("-INT")]
    [InlineData("-TERM")]
    public async Task Nothing_is_left_of_an_app_host_that_got(string signal)
    {
        var folder = Directory.CreateTempSubdirectory("apphost");
        try
        {
            var pidFile = Path.Combine(folder.FullName, "grandchild");
            using var host = Start($"--Grandchild={pidFile}");
            var output = host.StandardOutput.ReadToEndAsync(Wait.Limit);
            await Wait.UntilAsync(() => File.Exists(pidFile), "the grandchild has started");
            var grandchild = int.Parse(await File.ReadAllTextAsync(pidFile, Wait.Limit), CultureInfo.InvariantCulture);
            var owner = Assert.Single(Processes.ChildrenOf(host.Id));
            await Wait.UntilAsync(() => Processes.ChildrenOf(owner).Count >= 2, "the children have started");
            var children = Processes.ChildrenOf(owner);

            var began = Stopwatch.GetTimestamp();
            using (var kill = Process.Start("kill", [signal, host.Id.ToString(CultureInfo.InvariantCulture)]))
                await kill.WaitForExitAsync(Wait.Limit);
            await host.WaitForExitAsync(Wait.Limit);

            if (signal != "-KILL")
            {
                Assert.Equal(0, host.ExitCode);
                Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(10));
                Assert.DoesNotContain("Unhandled", await output, StringComparison.Ordinal);
            }

            await Wait.UntilAsync(() => !children.Append(grandchild).Append(owner).Any(Processes.IsAlive), "all processes have gone");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task The_children_of_a_lost_orchestration_process_are_killed_as_well()
    {
        using var host = Start();
        var output = host.StandardOutput.ReadToEndAsync(Wait.Limit);
        await Wait.UntilAsync(() => Processes.ChildrenOf(host.Id).Count == 1, "the orchestration process has started");
        var owner = Processes.ChildrenOf(host.Id)[0];
        await Wait.UntilAsync(() => Processes.ChildrenOf(owner).Count >= 1, "a child has started");
        var children = Processes.ChildrenOf(owner);

        using (var kill = Process.Start("kill", ["-KILL", owner.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(Wait.Limit);

        await Wait.UntilAsync(() => !children.Any(Processes.IsAlive), "the children have gone");
        using (var kill = Process.Start("kill", ["-INT", host.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(Wait.Limit);
        await host.WaitForExitAsync(Wait.Limit);
        Assert.Equal(0, host.ExitCode);
        Assert.Contains("ended unexpectedly", await output, StringComparison.Ordinal);
    }

    private static Process Start(params string[] arguments)
    {
        var assembly = typeof(Projects.Hosting_SampleHost).Assembly.Location;
        return Process.Start(new ProcessStartInfo("dotnet", [assembly, .. arguments])
        {
            WorkingDirectory = Projects.Hosting_SampleHost.ProjectPath,
            RedirectStandardOutput = true,
        })!;
    }
}
