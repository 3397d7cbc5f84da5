using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;

namespace Aspire.Dashboard.Load;

/// <summary>A dashboard of our own, on free ports, for as long as it is measured.</summary>
internal sealed class OwnDashboard : IDisposable
{
    private readonly Process _process;

    private OwnDashboard(Process process, Uri receiver) => (_process, Receiver) = (process, receiver);

    public string ApiKey => "load";

    public Uri Receiver { get; }

    public int ProcessId => _process.Id;

    public static async Task<OwnDashboard> StartAsync()
    {
        var path = typeof(OwnDashboard).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == "dashboardpath").Value!;
        var (frontend, receiver) = (Free(), Free());
        var process = Process.Start(new ProcessStartInfo("dotnet", [path])
        {
            Environment =
            {
                ["ASPNETCORE_URLS"] = frontend.ToString(),
                ["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = receiver.ToString(),
                ["DASHBOARD__FRONTEND__BROWSERTOKEN"] = Guid.NewGuid().ToString("N"),
                ["DASHBOARD__OTLP__PRIMARYAPIKEY"] = "load",
            },
        })!;
        using var client = new HttpClient { BaseAddress = frontend };
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await client.GetStringAsync(new Uri("/health", UriKind.Relative));
                return new(process, receiver);
            }
            catch (HttpRequestException) when (attempt < 300 && !process.HasExited)
            {
                await Task.Delay(100);
            }
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static Uri Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new($"http://{listener.LocalEndpoint}");
    }
}
