using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// A free port for a process that will be started later. It is taken from a range that systems do not use for outgoing connections, and
/// held until the process needs it. Its UDP twin stays bound for as long as the AppHost lives: that is the sign for other AppHosts, on
/// this machine, that the port is taken, even while nobody listens on it.
/// </summary>
internal sealed class PortReservation : IDisposable
{
    private const int First = 20_000;
    private const int Last = 32_000;

    private readonly Socket _claim;
    private readonly List<Socket> _held;

    private PortReservation(int port, Socket claim, List<Socket> held)
    {
        Port = port;
        _claim = claim;
        _held = held;
    }

    public int Port { get; }

    public static PortReservation Take()
    {
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            if (TryTake(RandomNumberGenerator.GetInt32(First, Last)) is { } reservation)
                return reservation;
        }

        throw new DistributedApplicationException($"No free port was found between {First} and {Last}.");
    }

    /// <summary>Lets the process listen. The claim is kept.</summary>
    public void LetGo()
    {
        foreach (var socket in _held)
            socket.Dispose();
        _held.Clear();
    }

    public void Dispose()
    {
        LetGo();
        _claim.Dispose();
    }

    private static PortReservation? TryTake(int port)
    {
        if (Bound(IPAddress.Loopback, port, SocketType.Dgram, ProtocolType.Udp) is not { } claim)
            return null;
        var held = new List<Socket>();
        // "localhost" means both for a server, so both must be free.
        IPAddress[] addresses = HasIPv6Loopback.Value ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];
        foreach (var address in addresses)
        {
            if (Bound(address, port, SocketType.Stream, ProtocolType.Tcp) is { } socket)
            {
                held.Add(socket);
                continue;
            }

            new PortReservation(port, claim, held).Dispose();
            return null;
        }

        return new(port, claim, held);
    }

    private static readonly Lazy<bool> HasIPv6Loopback = new(() =>
    {
        if (!Socket.OSSupportsIPv6 || Bound(IPAddress.IPv6Loopback, 0, SocketType.Stream, ProtocolType.Tcp) is not { } socket)
            return false;
        socket.Dispose();
        return true;
    });

    private static Socket? Bound(IPAddress address, int port, SocketType type, ProtocolType protocol)
    {
        var socket = new Socket(address.AddressFamily, type, protocol);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }
}
