using NotifyQuery.Benchmarks.Running;

namespace NotifyQuery.Tests.Benchmarks;

/// <summary>What is read of the processes of the system, and the roles that they have by their command lines.</summary>
public sealed class ProcessTreeTests
{
    [Theory]
    [InlineData("orchestrator", "/p/tools/dcp", "start-apiserver", "--monitor", "7510", "--kubeconfig", "/tmp/k")]
    [InlineData("orchestrator", "/p/tools/dcp", "run-controllers", "--kubeconfig", "/tmp/k", "--monitor", "8129")]
    [InlineData("orchestrator's monitors", "/p/tools/dcp", "monitor-process", "--child", "8379", "--monitor", "8153")]
    [InlineData("dashboard", "/p/aspire.dashboard.sdk.linux-x64/tools/Aspire.Dashboard")]
    [InlineData("Lambda emulator", "/src/bin/NotifyQuery.LambdaEmulator", "start", "--no-launch-window")]
    [InlineData("API Gateway emulator", "/src/bin/NotifyQuery.LambdaEmulator", "start", "--api-gateway-emulator-mode", "HttpV2")]
    [InlineData("Lambda emulator", "dotnet", "lambda-test-tool", "start", "--no-launch-window")]
    [InlineData("API Gateway emulator", "dotnet", "lambda-test-tool", "start", "--api-gateway-emulator-mode", "HttpV2")]
    [InlineData("Lambda emulator", "/home/ann/.dotnet/tools/dotnet-lambda-test-tool", "start")]
    [InlineData("Handler", "/s/NotifyQuery.Handler/bin/Release/net10.0/NotifyQuery.Handler")]
    [InlineData("Tools", "dotnet", "/src/bin/NotifyQuery.Tools.dll", "watch")]
    [InlineData("AppHost", "dotnet", "/s/NotifyQuery.AppHost/bin/Release/net10.0/NotifyQuery.AppHost.dll")]
    [InlineData("dotnet run", "/usr/bin/dotnet", "run", "--project", "/s/NotifyQuery.Handler/NotifyQuery.Handler.csproj", "--no-build")]
    [InlineData("DynamoDB Local", "/usr/bin/java", "-jar", "emulator/DynamoDBLocal.jar")]
    [InlineData("ps", "/bin/ps", "-Ao", "pid=")]
    public void A_process_is_named_after_its_role(string role, params string[] command) =>
        Assert.Equal(role, ProcessTree.NameOf(0, command));

    [Fact]
    public void A_process_has_memory_threads_and_open_handles()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are read from /proc");
        using var file = File.OpenRead("/proc/self/status");

        var self = ProcessTree.Read(Environment.ProcessId)[0];

        Assert.Equal(Environment.ProcessId, self.Id);
        Assert.InRange(self.Threads, 2, 10_000);
        Assert.InRange(ProcessTree.OpenHandles(self.Id)!.Value, 3, 1_000_000);
        Assert.InRange(ProcessTree.ProportionalBytes(self.Id)!.Value, 1, self.ResidentBytes * 2);
        Assert.Null(ProcessTree.OpenHandles(int.MaxValue));
        Assert.Null(ProcessTree.ProportionalBytes(int.MaxValue));
    }
}
