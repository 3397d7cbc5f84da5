using System.Diagnostics;
using NotifyQuery.AppHost;

namespace NotifyQuery.Tests.Hosting;

/// <summary>What is left of the resources when the orchestrator was killed with its monitors.</summary>
public sealed class RunningResourcesTests
{
    [Fact]
    public async Task A_process_that_nobody_ends_is_killed_after_a_while_and_one_that_ends_by_itself_is_not()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no 'sleep'");
        using var left = Process.Start("sleep", "300");
        using var ending = Process.Start("sleep", "0.1");
        var resources = new RunningResources();
        resources.AddProcess("left", left.Id);
        resources.AddProcess("ending", ending.Id);

        await resources.EndAsync(TimeSpan.FromSeconds(1), containerRuntime: null);

        await left.WaitForExitAsync(TestContext.Current.CancellationToken);
        await ending.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((137, 0), (left.ExitCode, ending.ExitCode)); // 128 + SIGKILL
    }

    [Fact]
    public async Task Only_the_last_process_of_a_resource_and_none_that_has_ended_is_ended()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no 'sleep'");
        using var former = Process.Start("sleep", "300");
        using var current = Process.Start("sleep", "300");
        using var ended = Process.Start("sleep", "0");
        await ended.WaitForExitAsync(TestContext.Current.CancellationToken);
        try
        {
            var resources = new RunningResources();
            resources.AddProcess("one", former.Id);
            resources.AddProcess("one", current.Id);
            resources.AddProcess("ended", ended.Id);

            await resources.EndAsync(TimeSpan.Zero, containerRuntime: null);

            await current.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.False(former.HasExited);
        }
        finally
        {
            former.Kill();
        }
    }

    [Fact]
    public async Task A_container_is_removed_by_the_runtime_that_started_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no 'sh'");
        var called = Path.GetTempFileName();
        using var runtime = new ScriptedRuntime($"echo \"$@\" >> {called}");
        var resources = new RunningResources();
        resources.AddContainer("dynamodb", "0123abcd");

        await resources.EndAsync(TimeSpan.Zero, runtime.Command);

        Assert.Equal("rm --force 0123abcd\n", await File.ReadAllTextAsync(called, TestContext.Current.CancellationToken));
        File.Delete(called);
    }
}
