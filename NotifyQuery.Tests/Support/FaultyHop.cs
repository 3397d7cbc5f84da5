using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NotifyQuery.Tests.Support;

/// <summary>
/// Stands between two processes and passes their bytes on, or does to the caller what its rule says. When the rule changes, all
/// connections are closed, so that none is kept from before.
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

    /// <summary>Where the bytes go.</summary>
    public Uri? Target { get; set; }

    /// <summary>How many requests came while the rule was to answer or to be silent.</summary>
    public int Requests { get; private set; }

    /// <summary>How many callers closed their connection without having had an answer.</summary>
    public int Abandoned { get; private set; }

    public void Forward() => Change(null, false);

    /// <summary>Takes requests and never answers.</summary>
    public void BeSilent() => Change(null, true);

    /// <summary>Gives every request the same bytes, and closes the connection.</summary>
    public void Answer(string bytes) => Change(Encoding.Latin1.GetBytes(bytes), false);

    /// <summary>Gives every request the same JSON.</summary>
    public void Answer(int status, string json, string headers = "") =>
        Answer(
            string.Create(
                CultureInfo.InvariantCulture,
                $"HTTP/1.1 {status} Scripted\r\nContent-Type: application/json\r\nContent-Length: "
                    + $"{Encoding.UTF8.GetByteCount(json)}\r\nConnection: close\r\n{headers}\r\n{json}"
            )
        );

    /// <summary>Nothing listens any more: connections are refused.</summary>
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
            // gone away, or the test is over
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

            while (await stream.ReadAsync(buffer, stopping.Token) > 0) { } // the rest of the request, until the caller has had enough
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
