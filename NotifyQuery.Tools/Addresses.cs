using System.CommandLine;
using NotifyQuery.Operations;

namespace NotifyQuery.Tools;

/// <summary>
/// Where the parts of the system answer: as the options say, or as the AppHost told the process that it started, or as the system that
/// runs on this machine says of itself, or where the AppHost puts them by default.
/// </summary>
internal static class Addresses
{
    private static readonly SystemAddresses Defaults = new()
    {
        Endpoint = "http://127.0.0.1:4566", Gateway = "http://127.0.0.1:8080", Handler = "http://127.0.0.1:8000",
    };

    public static SystemAddresses Of(ParseResult parsed)
    {
        var account = parsed.GetValue(CommonOptions.Endpoint) is CommonOptions.Account;
        // What runs here has nothing to do with an account.
        var found = account ? new() : FromAppHost() ?? FromRunningSystem() ?? Defaults;
        return new()
        {
            Endpoint = account ? null : parsed.GetValue(CommonOptions.Endpoint) ?? found.Endpoint,
            Gateway = parsed.GetValue(CommonOptions.Gateway) ?? found.Gateway,
            Handler = parsed.GetValue(CommonOptions.Handler) ?? found.Handler,
            EventSource = parsed.GetValue(CommonOptions.EventSource) ?? found.EventSource,
        };
    }

    private static SystemAddresses? FromAppHost() =>
        Environment.GetEnvironmentVariable("LocalStack__Config__LocalStackHost") is { Length: > 0 } host
        && Environment.GetEnvironmentVariable("LocalStack__Config__EdgePort") is { Length: > 0 } port
            ? new() { Endpoint = $"http://{host}:{port}" }
            : null;

    private static SystemAddresses? FromRunningSystem()
    {
        var running = RunningSystems.OfUser.Find();
        if (running.Count > 1)
            Console.Error.WriteLine($"{running.Count} systems run here: the one that was started last is meant (process {running[0].ProcessId}). Name others by --endpoint, --gateway and --handler.");
        return running is [var newest, ..] ? newest.Addresses : null;
    }
}
