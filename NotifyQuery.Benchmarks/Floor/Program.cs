// An AppHost of the same shape as NotifyQuery.AppHost: the same number of processes, waits, health checks, and the dashboard. Each process
// returns 200 to every request and does nothing else. The time to the gateway's first response is the time that Aspire and .NET themselves
// need.
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;

if (args is ["process", ..])
    return await AnswerAsync();

var builder = DistributedApplication.CreateBuilder(args);
var engine = AddProcess("engine");
var emulator = AddProcess("emulator");
AddProcess("stream-processor").WaitFor(emulator);
AddProcess("event-source").WaitFor(engine);
var queryResult = AddProcess("query-result").WaitFor(emulator);
var query = AddProcess("query").WaitFor(emulator);
var handler = AddProcess("handler");
AddProcess("gateway", builder.Configuration.GetValue<int>("Gateway")).WaitFor(engine).WaitFor(query).WaitFor(queryResult).WaitFor(handler);
await builder.Build().RunAsync();
return 0;

IResourceBuilder<ExecutableResource> AddProcess(string name, int? port = null) =>
    builder
        .AddExecutable(name, Environment.ProcessPath!, Environment.CurrentDirectory, "process")
        .WithHttpEndpoint(port: port ?? FreePort(), env: "PORT", isProxied: false)
        .WithHttpHealthCheck("/health");

static async Task<int> AnswerAsync()
{
    var builder = WebApplication.CreateSlimBuilder();
    builder.WebHost.UseUrls($"http://127.0.0.1:{Environment.GetEnvironmentVariable("PORT")}");
    await using var app = builder.Build();
    app.Run(_ => Task.CompletedTask);
    await app.RunAsync();
    return 0;
}

static int FreePort()
{
    using var listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    return ((IPEndPoint)listener.LocalEndpoint).Port;
}
