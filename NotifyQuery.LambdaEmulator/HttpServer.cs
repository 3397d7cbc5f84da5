using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.LambdaEmulator;

/// <summary>A minimal web server with a short start time: no configuration files, no routing, no hosting lifetime.</summary>
internal static class HttpServer
{
    public static WebApplication Create(string host, int port, Action<KestrelServerLimits> limit)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.AddFilter("Microsoft", LogLevel.Error);
        // Main reports a failed start in one sentence
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.UTF8;
                limit(kestrel.Limits);
                Bind(kestrel, host, port);
            });
        return builder.Build();
    }

    /// <summary>The address of the server for callers on this machine.</summary>
    public static Uri Address(WebApplication server)
    {
        var address = BindingAddress.Parse(
            server.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First()
        );
        var reachable =
            IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
                ? "localhost"
                : address.Host;
        return new UriBuilder("http", reachable, address.Port).Uri;
    }

    private static void Bind(KestrelServerOptions kestrel, string host, int port)
    {
        if (IPAddress.TryParse(host, out var ip))
            kestrel.Listen(ip, port);
        else if (!string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
            kestrel.ListenAnyIP(port);
        else if (port == 0)
            kestrel.Listen(IPAddress.Loopback, 0); // two sockets (IPv4 and IPv6) would not get the same free port
        else
            kestrel.ListenLocalhost(port);
    }
}
