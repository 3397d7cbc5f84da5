using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NotifyQuery.Tests.Support;

/// <summary>
/// A proxy between two processes that forwards bytes, or responds to the caller as its rule says. When the rule changes, all connections
/// are closed, so that no old connection is reused.
/// </summary>
internal sealed class FaultyHop : IAsyncDisposable
{
    private readonly ConcurrentDictionary<TcpClient, bool> connections = new();
    private readonly ConcurrentBag<Task> serving = [];
    private readonly CancellationTokenSource stopping = new();
    private TcpListener? listener;
    private byte[]? answer;
    private bool silent;

    public FaultyHop()
    {
        Listen(0);
        Port = ((IPEndPoint)listener!.LocalEndpoint).Port;
    }

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>The destination of forwarded bytes.</summary>
    public Uri? Target { get; set; }

    /// <summary>The number of requests that were received while the rule was to respond or to stay silent.</summary>
    public int Requests { get; private set; }

    /// <summary>The number of callers that closed their connection without a response.</summary>
    public int Abandoned { get; private set; }

    public void Forward() => Change(null, false);

    /// <summary>Accepts requests and never responds.</summary>
    public void BeSilent() => Change(null, true);

    /// <summary>Returns the same bytes for every request, and closes the connection.</summary>
    public void Answer(string bytes) => Change(Encoding.Latin1.GetBytes(bytes), false);

    /// <summary>Returns the same JSON for every request.</summary>
    public void Answer(int status, string json, string headers = "") =>
        Answer(
            string.Create(
                CultureInfo.InvariantCulture,
                $"HTTP/1.1 {status} Scripted\r\nContent-Type: application/json\r\nContent-Length: "
                    + $"{Encoding.UTF8.GetByteCount(json)}\r\nConnection: close\r\n{headers}\r\n{json}"
            )
        );

    /// <summary>Stops listening: connections are refused.</summary>
    public void GoAway()
    {
        listener?.Dispose();
        listener = null;
        CloseAll();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        GoAway();
        await Task.WhenAll(serving);
        stopping.Dispose();
    }

    private void Change(byte[]? scripted, bool never)
    {
        (answer, silent, Requests, Abandoned) = (scripted, never, 0, 0);
        if (listener is null)
            Listen(Port);
        CloseAll();
    }

    private void Listen(int port)
    {
        listener = new(IPAddress.Loopback, port);
        listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Start();
        serving.Add(AcceptAsync(listener));
    }

    private void CloseAll()
    {
        foreach (var connection in connections.Keys)
            connection.Close();
    }

    private async Task AcceptAsync(TcpListener own)
    {
        try
        {
            while (true)
                serving.Add(ServeAsync(await own.AcceptTcpClientAsync(stopping.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // stopped listening, or the test is over
        }
    }

    private async Task ServeAsync(TcpClient caller)
    {
        connections[caller] = true;
        using var target = new TcpClient();
        try
        {
            var stream = caller.GetStream();
            if (answer is null && !silent)
            {
                await target.ConnectAsync(Target!.Host, Target.Port, stopping.Token);
                connections[target] = true;
                await Task.WhenAny(
                    stream.CopyToAsync(target.GetStream(), stopping.Token),
                    target.GetStream().CopyToAsync(stream, stopping.Token)
                );
                return;
            }

            var buffer = new byte[64 * 1024];
            if (await stream.ReadAsync(buffer, stopping.Token) == 0)
                return;
            Requests++;
            if (answer is { } bytes)
            {
                await stream.WriteAsync(bytes, stopping.Token);
                stream.Socket.Shutdown(SocketShutdown.Send); // caller.Client is null once another thread has closed it
            }

            while (await stream.ReadAsync(buffer, stopping.Token) > 0) { } // the rest of the request, until the caller closes
            if (answer is null)
                Abandoned++;
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            if (answer is null && silent && !stopping.IsCancellationRequested)
                Abandoned++;
        }
        finally
        {
            connections.TryRemove(caller, out _);
            connections.TryRemove(target, out _);
            caller.Dispose();
        }
    }
}
