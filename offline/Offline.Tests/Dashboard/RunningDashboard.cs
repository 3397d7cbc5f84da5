using System.Net;
using System.Text.Json;
using Aspire.Dashboard;
using Aspire.Dashboard.Store;
using Offline.Tests.Hosting;

namespace Offline.Tests.Dashboard;

/// <summary>A dashboard in this process, and a browser that has logged in.</summary>
internal sealed class RunningDashboard : IAsyncDisposable
{
    public const string Token = "the-token";
    public const string OtlpKey = "the-otlp-key";

    private RunningDashboard(DashboardServer server)
    {
        Server = server;
        Browser = NewBrowser();
        Otlp = new() { BaseAddress = server.Receivers[1] };
        Otlp.DefaultRequestHeaders.Add("x-otlp-api-key", OtlpKey);
    }

    public DashboardServer Server { get; }

    public HttpClient Browser { get; }

    /// <summary>Sends telemetry over HTTP, with the key.</summary>
    public HttpClient Otlp { get; }

    public static async Task<RunningDashboard> StartAsync(Limits? limits = null, string? flowFile = null, Uri? resourceService = null)
    {
        var any = new Uri("http://127.0.0.1:0");
        var options = new DashboardOptions
        {
            Frontend = any,
            OtlpGrpc = any,
            OtlpHttp = any,
            BrowserToken = Token,
            OtlpApiKey = OtlpKey,
            FlowFile = flowFile,
            ResourceService = resourceService,
        };
        var running = new RunningDashboard(await DashboardServer.StartAsync(options, limits ?? new(), TimeProvider.System, Wait.Limit));
        using var login = await running.Browser.GetAsync(new Uri($"/login?t={Token}", UriKind.Relative), Wait.Limit);
        Assert.Equal(HttpStatusCode.Redirect, login.StatusCode);
        return running;
    }

    /// <summary>One that has no cookie yet, and does not follow redirections by itself.</summary>
    public HttpClient NewBrowser() => new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Server.Frontend };

    public async Task<JsonElement> GetAsync(string path)
    {
        await using var body = await Browser.GetStreamAsync(new Uri(path, UriKind.Relative), Wait.Limit);
        using var document = await JsonDocument.ParseAsync(body, cancellationToken: Wait.Limit);
        return document.RootElement.Clone();
    }

    public async Task<HttpResponseMessage> SendAsync(string signal, byte[] request)
    {
        using var content = new ByteArrayContent(request);
        content.Headers.ContentType = new("application/x-protobuf");
        return await Otlp.PostAsync(new Uri($"/v1/{signal}", UriKind.Relative), content, Wait.Limit);
    }

    public async Task ExportAsync(string signal, byte[] request)
    {
        using var answer = await SendAsync(signal, request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Wait.Limit));
    }

    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        Otlp.Dispose();
        await Server.DisposeAsync();
    }

    public static byte[] Id(int length, int number)
    {
        var id = new byte[length];
        BitConverter.GetBytes(number).CopyTo(id, length - 4);
        id[0] = 1;
        return id;
    }

    public static string Hex(byte[] id) => Convert.ToHexStringLower(id);
}
