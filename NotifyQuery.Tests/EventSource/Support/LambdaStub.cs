using System.Collections.Concurrent;
using System.Text.Json;
using Amazon.Lambda;
using Amazon.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Lambda's Invoke API on a free port, answering as it is told.</summary>
internal sealed class LambdaStub : IAsyncDisposable
{
    private readonly WebApplication app;

    private LambdaStub(WebApplication app, Func<HttpContext, byte[], Task> answer)
    {
        this.app = app;
        app.MapPost(
            "/2015-03-31/functions/{function}/invocations",
            async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body, context.RequestAborted);
                Invocations.Enqueue(
                    (context.Request.RouteValues["function"] as string, context.Request.Headers["X-Amz-Invocation-Type"], body.ToArray())
                );
                await answer(context, body.ToArray());
            }
        );
    }

    public ConcurrentQueue<(string? Function, string? Type, byte[] Payload)> Invocations { get; } = new();

    public Uri Endpoint => new(app.Urls.Single());

    /// <summary>The ids of the records that were delivered, in order of arrival.</summary>
    public IEnumerable<string> Delivered => Invocations.SelectMany(invocation => SequenceNumbers(invocation.Payload));

    public static async Task<LambdaStub> StartAsync(Func<HttpContext, byte[], Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var stub = new LambdaStub(app, answer);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return stub;
    }

    public AmazonLambdaClient Client() =>
        new(
            new BasicAWSCredentials("test", "test"),
            new AmazonLambdaConfig
            {
                ServiceURL = Endpoint.ToString(),
                AuthenticationRegion = "us-east-1",
                MaxErrorRetry = 0,
            }
        );

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private static List<string> SequenceNumbers(byte[] payload)
    {
        using var json = JsonDocument.Parse(payload);
        return
        [
            .. json
                .RootElement.GetProperty("Records")
                .EnumerateArray()
                .Select(record => record.GetProperty("dynamodb").GetProperty("SequenceNumber").GetString()!),
        ];
    }
}
