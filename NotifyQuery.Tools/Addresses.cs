using System.CommandLine;
using NotifyQuery.Operations;

namespace NotifyQuery.Tools;

/// <summary>
/// The addresses of the parts of the system. Each is chosen independently, from the first of these that has one: its option, the
/// environment that the AppHost passed to this process, the system that runs on this machine, the AppHost's default.
/// </summary>
internal static class Addresses
{
    private static readonly SystemAddresses Defaults = new()
    {
        Endpoint = "http://127.0.0.1:4566",
        Gateway = "http://127.0.0.1:8080",
        Handler = "http://127.0.0.1:8000",
    };

    /// <summary>The addresses for a command line.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="warn">Whether to print a warning if several systems run.</param>
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
            Output.Warn(
                $"{running.Count} systems run here: using the one that was started last (process {running[0].ProcessId}). Select another "
                    + $"with --endpoint, --gateway and --handler."
            );
        return Choose(said, told, running is [var newest, ..] ? newest.Addresses : null);
    }

    /// <summary>
    /// Chooses each address. With <c>--endpoint aws</c> the endpoint is null, and the addresses of a local system are not used.
    /// </summary>
    /// <param name="said">The addresses from the options.</param>
    /// <param name="told">The addresses that the AppHost passed to this process.</param>
    /// <param name="running">The addresses of the system that runs on this machine; null if none runs.</param>
    internal static SystemAddresses Choose(SystemAddresses said, SystemAddresses told, SystemAddresses? running)
    {
        if (said.Endpoint is CommonOptions.Account)
        {
            // A running system without an endpoint is on an account.
            var onAccount = running is { Endpoint: null } ? running : new();
            return said with
            {
                Endpoint = null,
                Gateway = said.Gateway ?? onAccount.Gateway,
                Handler = said.Handler ?? onAccount.Handler,
                RequestsAtOnce = onAccount.RequestsAtOnce,
            };
        }

        return new()
        {
            // Without --endpoint aws this is never an account, because some commands write.
            Endpoint = said.Endpoint ?? told.Endpoint ?? running?.Endpoint ?? Defaults.Endpoint,
            Gateway = said.Gateway ?? told.Gateway ?? running?.Gateway ?? Defaults.Gateway,
            Handler = said.Handler ?? told.Handler ?? running?.Handler ?? Defaults.Handler,
            EventSource = said.EventSource ?? told.EventSource ?? running?.EventSource,
            RequestsAtOnce = running?.RequestsAtOnce,
            // The list belongs to the engine of the running system.
            QueryTables = (said.Endpoint ?? told.Endpoint ?? running?.Endpoint) == running?.Endpoint ? running?.QueryTables : null,
        };
    }

    private static string? EndpointFromAppHost() =>
        CommandHost.Current.Variable("LocalStack__Config__LocalStackHost") is { Length: > 0 } host
        && CommandHost.Current.Variable("LocalStack__Config__EdgePort") is { Length: > 0 } port
            ? $"http://{host}:{port}"
            : null;
}
