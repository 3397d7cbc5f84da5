using System.Diagnostics;
using NotifyQuery.AppHost;

namespace NotifyQuery.Tests.Hosting;

public class OrchestratorWatchTests
{
    private const string Launcher = "  101 /tools/dcp start-apiserver --monitor 7 --detach --kubeconfig /tmp/a/kubeconfig\n";
    private const string Orchestrator = "  102 /tools/dcp start-apiserver --monitor 7 --kubeconfig /tmp/a/kubeconfig\n";
    private const string OfAnother = "   99 /tools/dcp start-apiserver --monitor 70 --kubeconfig /tmp/b/kubeconfig\n";
    private const string OtherPart = "  103 /tools/dcp run-controllers --monitor 7 --kubeconfig /tmp/a/kubeconfig\n";

    [Fact]
    public void The_process_that_starts_the_orchestrator_and_ends_is_not_taken_for_the_orchestrator() =>
        Assert.Null(OrchestratorWatch.OrchestratorOf(7, Launcher));

    [Fact]
    public void The_orchestrator_is_found_beside_its_launcher_and_those_of_other_systems() =>
        Assert.Equal(102, OrchestratorWatch.OrchestratorOf(7, OfAnother + Launcher + OtherPart + Orchestrator));

    [Fact]
    public void There_is_no_orchestrator_among_other_processes() =>
        Assert.Null(OrchestratorWatch.OrchestratorOf(7, "    1 init\n" + OfAnother + OtherPart));

    [Fact]
    public async Task What_takes_the_place_of_an_ended_process_is_watched_and_only_the_last_one_is_missed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no 'sleep'");
        Process[] processes = [Process.Start("sleep", "0"), Process.Start("sleep", "0.2")];
        var (second, limits) = (processes[1].Id, new List<TimeSpan?>());

        var last = await OrchestratorWatch.LastAsync(
            (within, _) =>
            {
                limits.Add(within);
                return Task.FromResult(limits.Count <= processes.Length ? processes[limits.Count - 1] : null);
            },
            TestContext.Current.CancellationToken
        );

        Assert.Equal(second, last);
        Assert.Equal([false, true, true], limits.Select(limit => limit.HasValue)); // the first may take any time
    }
}
