using System.CommandLine;
using NotifyQuery.Operations;

namespace NotifyQuery.Tools;

/// <summary>
/// Where the parts of the system answer. Each address is taken by itself: as its option says, or as the AppHost told the process that it
/// started, or as the system that runs on this machine says of itself, or where the AppHost puts it by default.
/// </summary>
internal static class Addresses
{
    private static readonly SystemAddresses Defaults = new()
    {
        Endpoint = "http://127.0.0.1:4566", Gateway = "http://127.0.0.1:8080", Handler = "http://127.0.0.1:8000",
    };

    /// <summary>The addresses that a command line means.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="warn">Whether it is said when several systems run.</param>
    public static SystemAddresses Of(ParseResult parsed, bool warn = true)
    {
        var running = RunningSystems.OfUser.Find();
        var said = new SystemAddresses
        {
            Endpoint = parsed.GetValue(CommonOptions.Endpoint),
            Gateway = parsed.GetValue(CommonOptions.Gateway),
            Handler = parsed.GetValue(CommonOptions.Handler),
            EventSource = parsed.GetValue(CommonOptions.EventSource),
        };
        var told = new SystemAddresses { Endpoint = EndpointFromAppHost() };
        if (warn && running.Count > 1 && said.Endpoint is null && told.Endpoint is null)
            Output.Warn($"{running.Count} systems run here: the one that was started last is meant (process {running[0].ProcessId}). Name others by --endpoint, --gateway and --handler.");
        return Choose(said, told, running is [var newest, ..] ? newest.Addresses : null);
    }

    /// <summary>Chooses each address; of an account, whose endpoint has no address, nothing is taken that belongs to another system.</summary>
    /// <param name="said">What the options say.</param>
    /// <param name="told">What the AppHost told this process.</param>
    /// <param name="running">What the system that runs here says of itself; null if none runs.</param>
    internal static SystemAddresses Choose(SystemAddresses said, SystemAddresses told, SystemAddresses? running)
    {
        if (said.Endpoint is CommonOptions.Account)
        {
            // An AppHost on an account has no endpoint to tell.
            var onAccount = running is { Endpoint: null } ? running : new();
            return said with { Endpoint = null, Gateway = said.Gateway ?? onAccount.Gateway, Handler = said.Handler ?? onAccount.Handler, RequestsAtOnce = onAccount.RequestsAtOnce };
        }

        return new()
        {
            // Never an account's unless that is said: some commands write.
            Endpoint = said.Endpoint ?? told.Endpoint ?? running?.Endpoint ?? Defaults.Endpoint,
            Gateway = said.Gateway ?? told.Gateway ?? running?.Gateway ?? Defaults.Gateway,
            Handler = said.Handler ?? told.Handler ?? running?.Handler ?? Defaults.Handler,
            EventSource = said.EventSource ?? told.EventSource ?? running?.EventSource,
            RequestsAtOnce = running?.RequestsAtOnce,
            // Of the tables of that engine alone.
            QueryTables = (said.Endpoint ?? told.Endpoint ?? running?.Endpoint) == running?.Endpoint ? running?.QueryTables : null,
        };
    }

    private static string? EndpointFromAppHost() =>
        CommandHost.Current.Variable("LocalStack__Config__LocalStackHost") is { Length: > 0 } host
        && CommandHost.Current.Variable("LocalStack__Config__EdgePort") is { Length: > 0 } port
            ? $"http://{host}:{port}"
            : null;
}
