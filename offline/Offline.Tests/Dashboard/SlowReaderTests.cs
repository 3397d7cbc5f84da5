using Aspire.Dashboard.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using NotifyQuery.Tests.EventSource;
using Offline.Tests.Hosting;

namespace Offline.Tests.Dashboard;

/// <summary>A browser that holds an event stream and takes nothing of it.</summary>
public sealed class SlowReaderTests
{
    [Fact]
    public async Task It_is_let_go_after_ten_seconds_and_another_takes_its_place()
    {
        var time = new ManualTime();
        var streams = new Streams(limit: 1, time, CancellationToken.None);
        var (slow, another) = (new Visit(new StuckBody()), new Visit(new MemoryStream()));

        var served = streams.RunAsync(slow.Context, Nothing);
        await streams.RunAsync(another.Context, Nothing);
        Assert.Equal(503, another.Context.Response.StatusCode);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(served.IsCompleted || slow.IsAborted);
        time.Advance(TimeSpan.FromSeconds(1));
        await served.WaitAsync(Wait.Limit);

        Assert.True(slow.IsAborted);
        var next = new Visit(new MemoryStream());
        await streams.RunAsync(next.Context, Nothing);
        Assert.Equal((200, "text/event-stream"), (next.Context.Response.StatusCode, next.Context.Response.ContentType));
    }

    private static Task Nothing(EventStream stream, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A request, and whether the server has cut it off.</summary>
    private sealed class Visit : IHttpRequestLifetimeFeature
    {
        public Visit(Stream body)
        {
            Context.Features.Set<IHttpRequestLifetimeFeature>(this);
            Context.Response.Body = body;
        }

        public DefaultHttpContext Context { get; } = new();

        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }

    /// <summary>Takes nothing, ever.</summary>
    private sealed class StuckBody : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(new TaskCompletionSource().Task);
    }
}
