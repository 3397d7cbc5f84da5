using System.Collections.Concurrent;
using Amazon.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Counterparts.Tests.Aws;

/// <summary>A service on a port of its own that stores its requests and answers as the test specifies.</summary>
internal sealed class FakeService : IAsyncDisposable
{
    public static readonly BasicAWSCredentials Credentials = new("AKIDEXAMPLE", "secret");

    private readonly WebApplication app;

    private FakeService(WebApplication app) => this.app = app;

    public ConcurrentQueue<Request> Requests { get; } = new();

    public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <param name="answer">Receives the request and its number, from 1.</param>
    public static async Task<FakeService> StartAsync(Func<Request, int, Answer> answer) =>
        await StartAsync((request, number, _) => Task.FromResult(answer(request, number)));

    public static async Task<FakeService> StartAsync(Func<Request, int, CancellationToken, Task<Answer>> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var fake = new FakeService(builder.Build());
        var count = 0;
        fake.app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            var request = new Request(
                context.Request.Method,
                context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
                context.Request.Headers.ToDictionary(
                    header => header.Key,
                    header => header.Value.ToString(),
                    StringComparer.OrdinalIgnoreCase
                ),
                body.ToArray()
            );
            fake.Requests.Enqueue(request);
            var reply = await answer(request, Interlocked.Increment(ref count), context.RequestAborted);
            context.Response.StatusCode = reply.Status;
            context.Response.ContentType = "application/json";
            foreach (var (name, value) in reply.Headers ?? [])
                context.Response.Headers[name] = value;
            await context.Response.WriteAsync(reply.Body, context.RequestAborted);
        });
        await fake.app.StartAsync(TestContext.Current.CancellationToken);
        return fake;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(CancellationToken.None);
        await app.DisposeAsync();
    }

    internal sealed record Request(string Method, string Target, Dictionary<string, string> Headers, byte[] Body)
    {
        public string Text => System.Text.Encoding.UTF8.GetString(Body);
    }

    internal sealed record Answer(int Status, string Body = "", Dictionary<string, string>? Headers = null)
    {
        public static Answer Error(int status, string code) =>
            new(status, $$"""{"__type":"com.amazonaws#{{code}}","message":"no {{code}}"}""");
    }
}
