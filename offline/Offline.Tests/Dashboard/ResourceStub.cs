using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Offline.Tests.Dashboard;

/// <summary>What an AppHost tells a dashboard, made by hand: one resource with everything, and lines that a test prints.</summary>
internal sealed class ResourceStub : IAsyncDisposable
{
    private const string Shop = """
        {"name":"shop","type":"Project","state":"Running","stateStyle":"success","health":"Degraded","healthReports":[{"name":"stock","status":"Degraded","description":"three left"}],
         "startedMs":1700000000000,"urls":[{"name":"http","url":"http://127.0.0.1:4000"}],
         "environment":[{"name":"COLOUR","value":"green","secret":false},{"name":"PASSWORD","value":null,"secret":true}],
         "commands":[{"name":"stop","displayName":"Stop","state":"Enabled","highlighted":true},
                     {"name":"count","displayName":"Count stock","description":"Counts all there is","confirmation":"This takes a while. Go on?","state":"Enabled","highlighted":false}]}
        """;

    private readonly WebApplication _app;
    private readonly Lock _gate = new();
    private readonly List<string> _printed = [];
    private readonly List<Channel<string>> _readers = [];

    private ResourceStub(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public ConcurrentQueue<string> Commands { get; } = [];

    public static async Task<ResourceStub> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var stub = new ResourceStub(app);
        app.MapGet("/resources", (RequestDelegate)(async context =>
        {
            await WriteLineAsync(context, $$"""{"resources":[{{Shop}}]}""");
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        }));
        app.MapPost("/resources/shop/commands/{command}", (RequestDelegate)(context =>
        {
            stub.Commands.Enqueue((string)context.Request.RouteValues["command"]!);
            return context.Response.WriteAsync("""{"success":true,"canceled":false,"message":"7 pieces","resultText":"apples 3\npears 4"}""", context.RequestAborted);
        }));
        app.MapGet("/resources/shop/environment/PASSWORD", (RequestDelegate)(context => context.Response.WriteAsync("""{"value":"open sesame"}""", context.RequestAborted)));
        app.MapGet("/resources/shop/console", (RequestDelegate)(async context =>
        {
            try
            {
                await foreach (var line in stub.Read().ReadAllAsync(context.RequestAborted)) await WriteLineAsync(context, line);
            }
            catch (OperationCanceledException)
            {
                // the browser has left the page
            }
        }));
        await app.StartAsync(cancellationToken);
        return stub;
    }

    /// <summary>Prints a line on the resource's console; as JSON needs it.</summary>
    public void Print(string text)
    {
        lock (_gate)
        {
            var line = $$"""{"lines":[{"n":{{_printed.Count}},"timeMs":1700000000000,"text":"{{text}}","error":false}]}""";
            _printed.Add(line);
            foreach (var reader in _readers) Assert.True(reader.Writer.TryWrite(line));
        }
    }

    /// <summary>All that was printed, then what is.</summary>
    private ChannelReader<string> Read()
    {
        var channel = Channel.CreateUnbounded<string>();
        lock (_gate)
        {
            foreach (var line in _printed) Assert.True(channel.Writer.TryWrite(line));
            _readers.Add(channel);
        }

        return channel.Reader;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    private static async Task WriteLineAsync(HttpContext context, string line)
    {
        await context.Response.WriteAsync(line.ReplaceLineEndings("") + "\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
