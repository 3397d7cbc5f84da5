using System.Globalization;
using NotifyQuery.Operations;

namespace NotifyQuery.Tests.Operations;

public sealed class RunningSystemsTests : IDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"running-{Guid.NewGuid():N}");

    [Fact]
    public void A_system_is_found_from_its_announcement_until_its_stop()
    {
        var systems = new RunningSystems(folder);
        Assert.Empty(systems.Find());

        using (systems.Announce(new() { Gateway = "http://127.0.0.1:1" }))
        {
            var found = Assert.Single(systems.Find());
            Assert.Equal((Environment.ProcessId, "http://127.0.0.1:1"), (found.ProcessId, found.Addresses.Gateway));
        }

        Assert.Empty(systems.Find());
    }

    [Theory]
    [InlineData("""{"process_id": 2147483647, "started_at": "2026-11-22T08:15:30Z", "addresses": {}}""")] // was killed
    [InlineData("""{"process_id": PID, "started_at": "2001-01-01T00:00:00Z", "addresses": {}}""")] // was killed, and its id is another process's now
    [InlineData("{")]
    public void What_a_killed_system_left_behind_is_passed_over(string left)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "1.json"), left.Replace("PID", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));

        Assert.Empty(new RunningSystems(folder).Find());
    }

    public void Dispose()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
