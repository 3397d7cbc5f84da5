using System.Net;
using System.Text;
using Aspire.Dashboard.Api;
using Aspire.Dashboard.Flow;
using Aspire.Dashboard.Otlp;
using Aspire.Dashboard.Resources;
using Aspire.Dashboard.Security;
using Aspire.Dashboard.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Dashboard;

/// <summary>The whole dashboard: pages and API on one port, telemetry on others, and what is kept between them.</summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private readonly WebApplication _frontend;
    private readonly WebApplication? _receiver;
    private readonly OtlpEndpoints _otlp;
    private readonly ResourceClient _resources;
    private readonly FlowMonitor _flow;

    private DashboardServer(DashboardOptions options, Limits limits, TimeProvider time)
    {
        var description = FlowDescription.Load(options.FlowFile);
        var spans = new SpanFlow(description.Edges, time);
        Store = new(limits) { SpansReceived = spans.Add };
        _otlp = new(new OtlpDecoder(Store), limits, options.OtlpApiKey);
        _receiver = options.OtlpGrpc is null && options.OtlpHttp is null ? null : Build(kestrel =>
        {
            kestrel.Limits.MaxConcurrentConnections = 512;
            kestrel.Limits.MaxRequestBodySize = null; // has a limit of its own, with an answer that says so
            if (options.OtlpGrpc is { } grpc)
                Listen(kestrel, grpc, HttpProtocols.Http2);
            if (options.OtlpHttp is { } http)
                Listen(kestrel, http, HttpProtocols.Http1);
        });
        if (_receiver is not null)
            _otlp.Map(_receiver);

        _frontend = Build(kestrel =>
        {
            kestrel.Limits.MaxConcurrentConnections = 256;
            kestrel.Limits.MaxRequestBodySize = 64 << 10;
            Listen(kestrel, options.Frontend, HttpProtocols.Http1);
        });
        _resources = new(options, limits, _frontend.Services.GetRequiredService<ILogger<ResourceClient>>());
        _flow = new(description, spans, Store, _resources, time);
        var streams = new Streams(limits.Streams, _frontend.Lifetime.ApplicationStopping, time);
        Guard.Use(_frontend, options);
        Login.Use(_frontend, options);
        StaticPages.Use(_frontend);
        new ResourceApi(_resources, streams).Map(_frontend);
        new TraceApi(Store.Spans).Map(_frontend);
        new LogApi(Store.Logs, streams).Map(_frontend);
        new MetricApi(Store.Metrics, time).Map(_frontend);
        new LiveApi(_resources, _flow, new Activity(Store, time), streams).Map(_frontend);
        new LimitsApi(Store, options.ApplicationName).Map(_frontend);
        StaticPages.MapRoutes(_frontend);
    }

    public TelemetryStore Store { get; }

    public FlowMonitor Flow => _flow;

    /// <summary>Where the pages are, as a browser on this machine reaches them.</summary>
    public Uri Frontend => new(Addresses(_frontend).First());

    /// <summary>Where telemetry is received: over gRPC first, if both are.</summary>
    public IReadOnlyList<Uri> Receivers => _receiver is null ? [] : [.. Addresses(_receiver).Select(address => new Uri(address))];

    /// <exception cref="SettingException">A port is taken.</exception>
    public static Task<DashboardServer> StartAsync(DashboardOptions options, CancellationToken cancellationToken) =>
        StartAsync(options, new(), TimeProvider.System, cancellationToken);

    public static async Task<DashboardServer> StartAsync(DashboardOptions options, Limits limits, TimeProvider time, CancellationToken cancellationToken)
    {
        var server = new DashboardServer(options, limits, time);
        try
        {
            await StartAsync(server._frontend, $"on {options.Frontend.GetLeftPart(UriPartial.Authority)}", "ASPNETCORE_URLS", cancellationToken).ConfigureAwait(false);
            if (server._receiver is not null)
            {
                await StartAsync(server._receiver, "for telemetry", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL and ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL",
                    cancellationToken).ConfigureAwait(false);
            }

            server._resources.Start();
            server._flow.Start();
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public Task WaitForShutdownAsync() => _frontend.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _flow.DisposeAsync().ConfigureAwait(false);
        await _resources.DisposeAsync().ConfigureAwait(false);
        await _frontend.DisposeAsync().ConfigureAwait(false);
        if (_receiver is not null)
            await _receiver.DisposeAsync().ConfigureAwait(false);
        _otlp.Dispose();
    }

    private static async Task StartAsync(WebApplication app, string where, string setting, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw new SettingException(
                $"The dashboard cannot listen {where}, because another program uses the port ({exception.Message.TrimEnd('.')}). "
                + $"End that program, or choose another port by {setting}; without the dashboard all else runs on.");
        }
    }

    private static WebApplication Build(Action<KestrelServerOptions> configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { WebRootPath = Path.Combine(AppContext.BaseDirectory, "wwwroot") });
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.AddFilter("Microsoft", LogLevel.Error);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None); // a failed start reaches Main, which says it in a sentence
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.UTF8;
            configure(kestrel);
        });
        return builder.Build();
    }

    private static void Listen(KestrelServerOptions kestrel, Uri address, HttpProtocols protocols)
    {
        void Configure(ListenOptions listen) => listen.Protocols = protocols;
        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
            kestrel.Listen(ip, address.Port, Configure);
        else if (address.Port == 0)
            kestrel.Listen(IPAddress.Loopback, 0, Configure); // two sockets, of IPv4 and IPv6, would not get the same free port
        else
            kestrel.ListenLocalhost(address.Port, Configure);
    }

    private static ICollection<string> Addresses(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
}
