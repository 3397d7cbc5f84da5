using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Aspire.Dashboard.Api;

/// <summary>
/// The open event streams, of which there are not many. A stream has no queue: it looks at what is there, sends what is new, and looks
/// again. A browser that does not take what it is sent is let go.
/// </summary>
internal sealed class Streams(int limit, CancellationToken stopping, TimeProvider time)
{
    private int _open;

    public TimeProvider Time => time;

    public async Task RunAsync(HttpContext context, Func<EventStream, CancellationToken, Task> send)
    {
        if (Interlocked.Increment(ref _open) > limit)
        {
            Interlocked.Decrement(ref _open);
            context.Response.Headers.RetryAfter = "5";
            await ErrorAnswer.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, $"{limit} event streams are open already: close other pages.").ConfigureAwait(false);
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            var stream = new EventStream(context.Response, time, end.Token);
            await stream.BeginAsync().ConfigureAwait(false);
            await send(stream, end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The page was closed, or the dashboard ends.
        }
        catch (TimeoutException)
        {
            context.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }
}

/// <summary>One browser's event stream.</summary>
internal sealed class EventStream(HttpResponse response, TimeProvider time, CancellationToken end)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    private long _sent = time.GetTimestamp();

    /// <summary>So that the browser knows at once that it is connected.</summary>
    public Task BeginAsync() => WriteAsync(": connected\n\n"u8.ToArray());

    public Task SendAsync<T>(string name, T data, JsonTypeInfo<T> type) => SendAsync(name, JsonSerializer.SerializeToUtf8Bytes(data, type));

    public Task SendAsync(string name, ReadOnlyMemory<byte> json)
    {
        var message = new byte[Encoding.UTF8.GetByteCount(name) + json.Length + 16];
        var length = Put("event: "u8, 0) + Encoding.UTF8.GetBytes(name, message.AsSpan(7));
        length += Put("\ndata: "u8, length);
        json.Span.CopyTo(message.AsSpan(length));
        length += json.Length;
        length += Put("\n\n"u8, length);
        return WriteAsync(message.AsMemory(0, length));

        int Put(ReadOnlySpan<byte> text, int at)
        {
            text.CopyTo(message.AsSpan(at));
            return text.Length;
        }
    }

    /// <summary>Waits before the next look, and lets a long silent stream give a sign of life.</summary>
    public async Task PauseAsync(TimeSpan pause)
    {
        if (time.GetElapsedTime(_sent) > s_silence)
            await WriteAsync(":\n\n"u8.ToArray()).ConfigureAwait(false);
        await Task.Delay(pause, time, end).ConfigureAwait(false);
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await response.Body.WriteAsync(bytes, end).AsTask().WaitAsync(s_patience, time, end).ConfigureAwait(false);
        await response.Body.FlushAsync(end).WaitAsync(s_patience, time, end).ConfigureAwait(false);
        _sent = time.GetTimestamp();
    }
}
