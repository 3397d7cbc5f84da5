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
}
