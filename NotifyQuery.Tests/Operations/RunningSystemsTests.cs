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
    // was killed, and its id is another process's now
    [InlineData("""{"process_id": PID, "started_at": "2001-01-01T00:00:00Z", "addresses": {}}""")]
    [InlineData("{")]
    public void The_file_of_a_killed_system_is_ignored(string left)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(
            Path.Combine(folder, "1.json"),
            left.Replace("PID", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        );

        Assert.Empty(new RunningSystems(folder).Find());
    }

    [Fact]
    public void If_the_user_has_no_folder_no_shared_folder_is_written_to_or_trusted()
    {
        Assert.Null(RunningSystems.FolderOf(""));
        var systems = new RunningSystems(null);

        Assert.Empty(systems.Find());
        Assert.Contains(
            "no folder of their own",
            Assert.Throws<IOException>(() => systems.Announce(new())).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Nobody_else_can_write_to_the_folder_of_announcements()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var announcement = new RunningSystems(folder).Announce(new());

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
    }

    public void Dispose()
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
