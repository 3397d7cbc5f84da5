using Microsoft.Extensions.Configuration;
using NotifyQuery.AppHost;
using NotifyQuery.Tests.Deploy;

namespace NotifyQuery.Tests.Hosting;

/// <summary>The application's settings, read from what a test gives.</summary>
internal static class GivenSettings
{
    public static readonly string AppHostDirectory = Repository.PathOf("NotifyQuery.AppHost");

    public static bool TryRead(out Settings? settings, out string? problem, params (string Key, string Value)[] given)
    {
        // Everything that is not under test is such that it always holds on this machine.
        var values = new Dictionary<string, string?>
        {
            ["NotifyQuery:Backend"] = "dynamodb-local",
            ["NotifyQuery:Ports:Backend"] = "0",
            ["NotifyQuery:Ports:Handler"] = "0",
            ["NotifyQuery:Ports:Gateway"] = "0",
            ["NotifyQuery:Ports:Emulator"] = "0",
        };
        foreach (var (key, value) in given)
            values[key] = value;
        return Settings.TryRead(
            new ConfigurationBuilder().AddInMemoryCollection(values).Build(),
            AppHostDirectory,
            out settings,
            out problem
        );
    }
}
