using System.Net;
using System.Net.Sockets;
using NotifyQuery.AppHost;
using static NotifyQuery.Tests.Hosting.GivenSettings;

namespace NotifyQuery.Tests.Hosting;

/// <summary>What a machine lacks for a run is named before anything is started.</summary>
public sealed class MachineCheckTests
{
    [Fact]
    public void A_port_that_is_taken_is_named_before_anything_is_started()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        Assert.False(TryRead(out _, out var problem, ("NotifyQuery:Ports:Handler", $"{port}")));
        Assert.StartsWith($"Port {port} (Handler) is taken", problem, StringComparison.Ordinal);
        Assert.False(TryRead(out _, out problem, ("NotifyQuery:Ports:Handler", "0"), ("ASPNETCORE_URLS", $"http://127.0.0.1:{port}")));
        Assert.StartsWith($"Port {port} (dashboard) is taken", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/proc/nowhere")]
    public void A_home_folder_that_is_missing_or_read_only_is_named_before_anything_is_started(string home) =>
        Assert.Contains(
            "set HOME to a folder that you can write to",
            Assert.Throws<SettingsException>(() => MachineCheck.VerifyHome(home)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_folder_for_temporary_files_that_takes_none_is_named_before_anything_is_started() =>
        Assert.Contains(
            "free space there",
            Assert.Throws<SettingsException>(() => MachineCheck.VerifyTemporaryFolder("/proc/nowhere")).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("256", true)]
    [InlineData("1023", true)]
    [InlineData("1024", false)]
    [InlineData("unlimited", false)]
    [InlineData(null, false)]
    public void A_limit_of_open_files_that_is_too_low_is_named_before_anything_is_started(string? limit, bool refused)
    {
        var problem = Record.Exception(() => MachineCheck.VerifyOpenFiles(limit));

        Assert.Equal(refused, problem is SettingsException);
        if (refused)
            Assert.Contains("ulimit -n 1024", problem!.Message, StringComparison.Ordinal);
    }
}
